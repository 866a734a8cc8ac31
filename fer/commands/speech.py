"""`python -m fer speech`: analyse the voice in files with sound."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.commands.options import add_sound, targets
from fer.console import fail, note, say
from fer.errors import RecordingError
from fer.files import write_whole


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("speech", help="analyse the voice in files with sound")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results"
    )
    add_sound(parser)
    parser.set_defaults(run=_run, stopped="Start again with the files that are not finished.")


def _run(options: argparse.Namespace) -> int:
    from fer.recordings.listen import voice_alone
    from fer.report.export import to_csv

    failed = 0
    for out, path in targets(options.files, options.out).items():
        try:
            report, remarks = voice_alone(path, options.sound)
        except RecordingError as error:
            failed += 1
            fail(str(error))
            continue
        out.mkdir(parents=True, exist_ok=True)
        table = write_whole(out / "voice.csv", to_csv(report.timeline))
        for remark in remarks:
            note(f"{path.name}: {remark}")
        say(f"{path.name}: {table}")
    return 1 if failed else 0
