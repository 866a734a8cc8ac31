"""`python -m fer lectures`: analyse a folder of recordings in parallel."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from fer.commands.options import add_analysis, add_picture, add_sound, count
from fer.console import Bar, fail, note, say
from fer.files import name_of


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("lectures", help="analyse a folder of recordings in parallel")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    add_analysis(parser)
    add_picture(parser)
    add_sound(parser)
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler, such as tcp://host:8786"
    )
    parser.add_argument(
        "--workers", type=count, metavar="N", help="local processes (default: one for each core)"
    )
    parser.set_defaults(run=_run, stopped="The same command continues from here.")


def _run(options: argparse.Namespace) -> int:
    from fer.media.endings import ENDINGS
    from fer.recordings.cluster import FolderProgress, analyze_folder

    bar = Bar(name_of(options.folder))

    def show(now: FolderProgress) -> None:
        bar.show(now.fraction, now.seconds_left, f"{now.done}/{now.total} {now.latest}")

    # Whatever is said next stands on a line of its own.
    with contextlib.closing(bar):
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
            picture=options.picture,
            sound=options.sound,
        )
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
