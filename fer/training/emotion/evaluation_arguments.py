"""The options of `evaluate.py`, which are explained without Keras."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.training import options

SHIPPED = Path("models") / "emotion.onnx"
"""The network that comes with the app."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate.py`."""
    parser.description = "Measure the emotion networks that the app runs on labelled faces."
    add = parser.add_argument
    add("--data", type=Path, required=True, help=options.FACES)
    add("--votes", type=Path, help="table of FER+ votes (default: the one beside the data)")
    add(
        "--model",
        type=Path,
        nargs="+",
        default=[SHIPPED],
        help=f"ONNX files, or folders with an emotion.onnx (default: {SHIPPED})",
    )
    add(
        "--out",
        type=Path,
        default=Path("results") / "evaluation",
        help="folder for the confusion matrix and the figures (default: results/evaluation)",
    )
    add("--no-figures", action="store_true", help="do not draw HTML and PNG figures")
    add(
        "--card",
        action="store_true",
        help="also write the figures into each model's card; with --shares, fit anew on "
        "PublicTest what the app needs to adjust its shares, and write that into the card, too",
    )
    add("--json", action="store_true", help="print one JSON object and nothing else")
    add(
        "--shares",
        action="store_true",
        help="instead, measure the shares that the app shows for a class, by the "
        "artificial-prevalence protocol; only for the first model",
    )
    add(
        "--photographs",
        type=Path,
        help="also read whole photographs: a zip with EMOTION/NUMBER_PERSON.jpg, where the person "
        "is needed for intervals; with --shares also a folder",
    )
    add(
        "--people",
        type=Path,
        metavar="TABLE",
        help="with --photographs: also measure how often neutral faces of each age and sex are "
        "read as negative, by a table with the columns file, age and sex; "
        "`python -m benchmarks age_and_sex` estimates one",
    )
