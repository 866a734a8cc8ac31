"""The command line: `python -m fer lecture|lectures|speech|convert|password|doctor ...`."""

from __future__ import annotations

import argparse
import getpass
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fer.commands import doctor
from fer.console import Bar, fail, note, prepare, say
from fer.errors import ModelError, RecordingError
from fer.files import name_of, result_folder

if TYPE_CHECKING:
    from fer.report.lecture_report import LectureReport

SHORTEST_PASSWORD = 8
"""Characters. NIST SP 800-63B asks for eight."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 when all went well, 1 when something failed, 130 when stopped by Ctrl-C."""
    prepare()
    parser = argparse.ArgumentParser(prog="python -m fer", description="Classroom mood monitor.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_lecture(commands)
    _add_lectures(commands)
    _add_speech(commands)
    _add_password(commands)
    doctor.add(commands)
    wanted = sys.argv[1:] if arguments is None else arguments
    # Only a conversion needs what a conversion needs.
    convert = commands.add_parser("convert", help="convert an earlier model")
    if wanted[:1] == ["convert"]:
        from fer.training.convert import convert as conversion

        conversion.add_arguments(convert)
        wanted = conversion.joined(wanted)
        convert.set_defaults(run=conversion.run, stopped="No model was written.")
    options = parser.parse_args(wanted)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return options.run(options) or 0
    except (RecordingError, ModelError, ModuleNotFoundError, ValueError) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    except KeyboardInterrupt:
        print(f"\nStopped. {options.stopped}", file=sys.stderr)
        return 130


def _add_lecture(commands) -> None:
    parser = commands.add_parser("lecture", help="analyse recordings, one after the other")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _add_options(parser)
    parser.add_argument(
        "--picture",
        type=_count,
        metavar="N",
        help="track with pictures to read, from 1 (default: the one with most faces)",
    )
    _add_sound(parser)
    parser.set_defaults(
        run=_lecture,
        stopped="The same command goes on in the video that was under way, but "
        "analyses finished ones again: leave those out.",
    )


def _add_lectures(commands) -> None:
    parser = commands.add_parser("lectures", help="analyse a folder of recordings in parallel")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    _add_options(parser)
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask, as tcp://host:8786")
    parser.add_argument(
        "--workers", type=_count, metavar="N", help="local processes; default: cores"
    )
    parser.set_defaults(run=_lectures, stopped="The same command goes on from here.")


def _add_speech(commands) -> None:
    parser = commands.add_parser("speech", help="analyse the voice in files with sound")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of results")
    _add_sound(parser)
    parser.set_defaults(run=_speech, stopped="Start again with the files that are not done.")


def _add_password(commands) -> None:
    parser = commands.add_parser("password", help="make a hash of a password for FER_PASSWORD")
    parser.set_defaults(run=_password, stopped="No hash was made.")


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of reports")
    parser.add_argument("--rate", type=float, default=2.0, help="samples a second (default 2)")
    parser.add_argument("--quick", action="store_true", help="a quick look: key frames only")
    parser.add_argument("--no-voice", action="store_true", help="leave the sound out")
    parser.add_argument("--expected", type=_count, metavar="N", help="faces that should be visible")
    parser.add_argument("--blinks", action="store_true", help="count blinks (an optional extra)")


def _add_sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sound",
        type=_count,
        metavar="N",
        help="track with sound to analyse, from 1 (default: the first that is not silent)",
    )


def _count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _lecture(options: argparse.Namespace) -> int:
    from fer.faces.core import MoodCore
    from fer.recordings.checkpoint import clear
    from fer.recordings.lecture import LectureProgress, analyze_lecture

    targets = _targets(options.files, options.out)
    core = MoodCore.load()
    failed = 0
    for out, path in targets.items():
        checkpoint = out / ".checkpoint"
        bar = Bar(name_of(path))

        def show(now: LectureProgress, bar: Bar = bar) -> None:
            bar.show(now.fraction, now.seconds_left)

        try:
            report = analyze_lecture(
                path,
                options.rate,
                show,
                core=core,
                checkpoint=checkpoint,
                quick_look=options.quick,
                expected=options.expected,
                voice=not options.no_voice,
                blinks=options.blinks,
                picture=options.picture,
                sound=options.sound,
            )
            bar.close()
            out.mkdir(parents=True, exist_ok=True)
            report.save(out)
            clear(checkpoint)
        except RecordingError as error:
            bar.close()
            failed += 1
            fail(str(error))
            continue
        for remark in report.summary.get("remarks", ()):
            note(f"{name_of(path)}: {remark}")
        say(f"{path.name}: {_outcome(report)}, {len(report.events)} events, report in {out}")
    return 1 if failed else 0


def _lectures(options: argparse.Namespace) -> int:
    from fer.media.endings import ENDINGS
    from fer.recordings.cluster import FolderProgress, analyze_folder

    bar = Bar(name_of(options.folder))

    def show(now: FolderProgress) -> None:
        bar.show(now.fraction, now.seconds_left, f"{now.done}/{now.total} {now.latest}")

    result = analyze_folder(
        options.folder,
        options.out,
        options.rate,
        show,
        scheduler=options.scheduler,
        workers=options.workers,
        quick_look=options.quick,
        voice=not options.no_voice,
        expected=options.expected,
        blinks=options.blinks,
    )
    bar.close()
    if not (result.analysed or result.skipped or result.failed):
        return fail(f"{options.folder} holds no recording ({', '.join(ENDINGS)}).")
    for name, remarks in result.remarks.items():
        for remark in remarks:
            note(f"{name}: {remark}")
    for name, reason in result.failed.items():
        # A reason may begin with the name of the file, without its folder.
        base = name_of(name)
        fail(name + reason.removeprefix(base) if reason.startswith(base) else f"{name}: {reason}")
    say(
        f"{len(result.analysed)} analysed, {len(result.skipped)} already done, "
        f"{len(result.failed)} failed; reports in {options.out}"
    )
    return 1 if result.failed else 0


def _outcome(report: LectureReport) -> str:
    """The result in a few words: of the faces where some were read, else of the voice."""
    if report.summary["dominant"] is not None or report.voice is None:
        return report.summary["dominant"] or "nothing read"
    spoken = report.voice.summary["speech_share"]
    if not spoken:
        return "no face and no speech"
    tone = report.voice.summary["dominant"] or "no clear tone"
    return f"voice {tone}, speech in {spoken:.0%} of the time"


def _speech(options: argparse.Namespace) -> int:
    from fer.speech.analysis import analyze_speech

    failed = 0
    for out, path in _targets(options.files, options.out).items():
        try:
            report = analyze_speech(path, track=options.sound)
        except RecordingError as error:
            failed += 1
            fail(str(error))
            continue
        out.mkdir(parents=True, exist_ok=True)
        report.timeline.to_csv(out / "voice.csv", index=False)
        say(f"{path.name}: {out / 'voice.csv'}")
    return 1 if failed else 0


def _password(options: argparse.Namespace) -> int:
    from fer.access.password import hashed

    # A pipe may hand it over, too: `pass show mood | python -m fer password`.
    ask = getpass.getpass if sys.stdin.isatty() else lambda prompt: sys.stdin.readline().rstrip()
    password = ask("Password: ")
    if len(password) < SHORTEST_PASSWORD:
        return fail(f"A password needs at least {SHORTEST_PASSWORD} characters.")
    if sys.stdin.isatty() and ask("The same again: ") != password:
        return fail("The two are not alike.")
    say(f"FER_PASSWORD='{hashed(password)}'")
    return 0


def _targets(files: list[Path], out: Path) -> dict[Path, Path]:
    """The files by the folder of their results."""
    found: dict[Path, Path] = {}
    for path in files:
        target = result_folder(out, path.name)
        if target in found:
            raise RecordingError(
                f"{found[target]} and {path} have the same name: the results of both would go to "
                f"{target}. Rename one, or give each an --out of its own."
            )
        found[target] = path
    return found


if __name__ == "__main__":
    sys.exit(main())
