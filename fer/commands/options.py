"""Options that several commands share, and the folders for their results."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.errors import RecordingError
from fer.files import result_folder
from fer.text import folded


def add_analysis(parser: argparse.ArgumentParser) -> None:
    """Add the options of every analysis of pictures."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the reports"
    )
    parser.add_argument("--rate", type=float, default=2.0, help="samples a second (default 2)")
    parser.add_argument("--quick", action="store_true", help="a quick look: key frames only")
    parser.add_argument("--no-voice", action="store_true", help="do not analyse the sound")
    parser.add_argument("--expected", type=count, metavar="N", help="faces that should be visible")
    parser.add_argument("--blinks", action="store_true", help="count blinks (an optional extra)")


def add_picture(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a track with pictures."""
    parser.add_argument(
        "--picture",
        type=count,
        metavar="N",
        help="track with pictures to read, from 1 (default: the one with most faces)",
    )


def add_sound(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a track with sound."""
    parser.add_argument(
        "--sound",
        type=count,
        metavar="N",
        help="track with sound to analyse, from 1 (default: the first that is not silent)",
    )


def count(text: str) -> int:
    """Returns the whole number, 1 or more, that an argument gives.

    Raises:
        argparse.ArgumentTypeError: it is not such a number.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def targets(files: list[Path], out: Path) -> dict[Path, Path]:
    """Returns the files by the folder of their results.

    Raises:
        RecordingError: two files have the same name, or names that some file systems do not tell
            apart.
    """
    by_name: dict[str, Path] = {}
    by_folder: dict[Path, Path] = {}
    for path in files:
        target = result_folder(out, path.name)
        other = by_name.setdefault(folded(path.name), path)
        if other is not path:
            raise RecordingError(
                f"{other} and {path} have the same name: the results of both would go to {target}. "
                "Rename one, or give each another --out."
            )
        by_folder[target] = path
    return by_folder
