"""`python -m fer lecture`: analyse recordings, one after the other."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from fer.commands.options import add_analysis, add_picture, add_sound, targets
from fer.console import Bar, fail, note, say
from fer.errors import RecordingError
from fer.files import name_of
from fer.text import counted

if TYPE_CHECKING:
    from fer.report.lecture_report import LectureReport


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("lecture", help="analyse recordings, one after the other")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_analysis(parser)
    add_picture(parser)
    add_sound(parser)
    parser.set_defaults(
        run=_run,
        stopped="The same command continues with the interrupted recording, but analyses finished "
        "ones again: leave those out.",
    )


def _run(options: argparse.Namespace) -> int:
    from fer.faces.core import MoodCore
    from fer.recordings.checkpoint import clear
    from fer.recordings.lecture import LectureProgress, analyze_lecture

    by_folder = targets(options.files, options.out)
    core = MoodCore.load()
    failed = 0
    for out, path in by_folder.items():
        checkpoint = out / ".checkpoint"
        bar = Bar(name_of(path))

        def show(now: LectureProgress, bar: Bar = bar) -> None:
            bar.show(now.fraction, now.seconds_left)

        try:
            # Whatever is said next stands on a line of its own.
            with contextlib.closing(bar):
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
            out.mkdir(parents=True, exist_ok=True)
            report.save(out)
            clear(checkpoint)
        except RecordingError as error:
            failed += 1
            fail(str(error))
            continue
        for remark in report.summary.get("remarks", ()):
            note(f"{name_of(path)}: {remark}")
        events = counted(len(report.events), "event")
        say(f"{path.name}: {_outcome(report)}, {events}, report in {out}")
    return 1 if failed else 0


def _outcome(report: LectureReport) -> str:
    """Returns the result in a few words: that of the faces if some were read, else of the voice."""
    if report.summary["dominant"] is not None or report.voice is None:
        return report.summary["dominant"] or "nothing read"
    spoken = report.voice.summary["speech_share"]
    if not spoken:
        return "no face and no speech"
    tone = report.voice.summary["dominant"] or "no clear tone"
    return f"voice {tone}, speech in {spoken:.0%} of the time"
