"""The options of `train.py detector`, which are explained without Keras."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.training import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train.py detector`."""
    parser.description = "Train the face detector on photographs; YuNet is its teacher."
    add = parser.add_argument
    add("--data", type=Path, required=True, help="photographs: a folder or a zip")
    add(
        "--out",
        type=Path,
        default=Path("models"),
        help="folder for face.onnx and face.json (default: models)",
    )
    add(
        "--work",
        type=Path,
        default=Path("runs/detector"),
        help="folder for checkpoints, from which a training continues (default: runs/detector)",
    )
    add(
        "--epochs",
        type=options.positive_whole,
        default=40,
        help="passes over the photographs (default: 40)",
    )
    add(
        "--batch",
        type=options.positive_whole,
        default=8,
        help="number of scenes in each step (default: 8)",
    )
    add(
        "--rate", type=options.positive, default=2e-3, help="largest learning rate (default: 0.002)"
    )
    add(
        "--weights",
        type=Path,
        help="weights to start from: models/face/weights.npz, or those of another training "
        "(default: random ones)",
    )
    add(
        "--tilted",
        type=options.share,
        default=0.0,
        help="share of the pictures that are tilted by up to 50 degrees, with the answers that the "
        "teacher gives to the level picture (default: 0)",
    )
    add(
        "--workers",
        type=options.positive_whole,
        default=1,
        help="number of processes that compose scenes; a GPU needs one for each core (default: 1)",
    )
    add("--seed", type=options.seed, default=1, help="seed of all random numbers (default: 1)")
    add(
        "--precision",
        default="float32",
        choices=options.PRECISIONS,
        help="dtype policy of Keras (default: float32)",
    )
    add(
        "--hours",
        type=options.number,
        help="stop after about so many hours; the same command then continues",
    )
    add("--restart", action="store_true", help="discard an earlier, unfinished training")
