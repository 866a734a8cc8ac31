"""The options of `train.py speech`, which are explained without Keras."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.training import options
from fer.training.speech.settings import FOLDS, Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train.py speech`."""
    parser.description = "Train the network that reads voices on the speech of RAVDESS."
    parser.add_argument(
        "--data", type=Path, required=True, help="speech of RAVDESS: a folder or a zip"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("models/speech.onnx"),
        help="file of the network; its card is written beside it (default: models/speech.onnx)",
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("runs/speech"),
        help="folder for networks that are finished, from which a training continues "
        "(default: runs/speech)",
    )
    parser.add_argument(
        "--steps",
        type=options.positive_whole,
        default=Settings.steps,
        help=f"training steps of each network (default: {Settings.steps})",
    )
    parser.add_argument(
        "--folds",
        type=int,
        choices=range(1, len(FOLDS) + 1),
        default=len(FOLDS),
        help=f"number of folds to train; fewer take less time (default: {len(FOLDS)})",
    )
    parser.add_argument(
        "--check-unseen",
        action="store_true",
        help="also train a gate without some kinds of sound, and measure it on them",
    )
    parser.add_argument(
        "--recalibrate",
        action="store_true",
        help="do not train, but choose again the confidence below which the network of --out "
        "is unsure",
    )
    parser.add_argument(
        "--seed",
        type=options.seed,
        default=Settings.seed,
        help=f"seed of all random numbers (default: {Settings.seed})",
    )
    parser.add_argument(
        "--precision",
        default="float32",
        choices=options.PRECISIONS,
        help="dtype policy of Keras; mixed_bfloat16 is faster on processors that have it "
        "(default: float32)",
    )
