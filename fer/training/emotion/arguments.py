"""The options of `train.py`, which are explained without Keras."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.training import options
from fer.training.emotion.inputs import INPUTS, spelled
from fer.training.schedule import SCHEDULES, Schedule

RATES = {"sgd": Schedule.rate, "adam": 1e-3}
"""The largest learning rate, by optimiser."""

EPOCHS_OF_APPLICATIONS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train.py`."""
    parser.description = "Train an emotion network, or continue a training that was interrupted."
    add = parser.add_argument
    add("--data", type=Path, required=True, help=options.FACES)
    add("--votes", type=Path, help="table of FER+ votes (default: the one beside the data)")
    add(
        "--model",
        type=spelled,
        default="mood",
        choices=list(INPUTS),
        help="network, in capital or small letters (default: mood)",
    )
    add("--out", type=Path, help="folder for the trained network (default: models/MODEL)")
    add(
        "--epochs",
        type=options.positive_whole,
        help=f"passes over the faces (default: {Schedule.epochs}; {EPOCHS_OF_APPLICATIONS} "
        "for networks from keras.applications)",
    )
    add("--weights", help="weights to start from: a file, or imagenet (default: random ones)")
    add(
        "--freeze",
        action="store_true",
        help="train the last layers only: the last stage of mood, the top of the others. This "
        "takes less than half of the time for mood, and helps where faces are few",
    )
    add(
        "--keep",
        type=options.share,
        default=0.0,
        metavar="SHARE",
        help="share of the weights to start from that is kept: the network becomes the mean of "
        "these and the trained ones (default: 0)",
    )
    add("--classes", help="comma-separated classes to learn, or five (default: all)")
    add(
        "--validation",
        type=float,
        metavar="SHARE",
        help="share of the training faces that is kept to select the best epoch by, e.g. 0.2 "
        "(default: the validation set; 0.2 if there is none)",
    )
    add("--balance", action="store_true", help="give all classes the same total weight")
    add(
        "--batch",
        type=options.positive_whole,
        default=128,
        help="number of faces in each step (default: 128)",
    )
    add("--optimizer", choices=("sgd", "adam"), help="default: sgd for mood, otherwise adam")
    add(
        "--schedule",
        default="cosine",
        choices=SCHEDULES,
        help="how the learning rate falls (default: cosine)",
    )
    add(
        "--rate",
        type=options.positive,
        help="largest learning rate (default: "
        f"{', '.join(f'{rate} for {name}' for name, rate in RATES.items())})",
    )
    add(
        "--warmup",
        type=options.number,
        default=2.0,
        metavar="EPOCHS",
        help="epochs over which the learning rate rises (default: 2)",
    )
    add(
        "--decay",
        type=options.number,
        default=5e-3,
        help="weight decay, as a factor of the learning rate (default: 0.005)",
    )
    add("--smoothing", type=options.share, default=0.05, help="label smoothing (default: 0.05)")
    add(
        "--average",
        type=options.share,
        default=0.999,
        help="decay of the moving average of the weights in each step (default: 0.999)",
    )
    add(
        "--patience",
        type=options.whole,
        default=0,
        help="stop after so many epochs without gain; 0 never stops (default)",
    )
    add(
        "--plateau",
        type=options.positive_whole,
        default=5,
        help="with --schedule plateau: epochs without gain before the rate falls (default: 5)",
    )
    add(
        "--augment",
        type=options.number,
        default=1.0,
        metavar="STRENGTH",
        help="how strongly faces are changed at random; 0 only resizes them (default: 1)",
    )
    add(
        "--tilted",
        type=options.share,
        default=0.0,
        metavar="SHARE",
        help="turn so many of the faces by 12 to 50 degrees, as seen by the network but not by its "
        "teachers (default: 0)",
    )
    add(
        "--mixup",
        type=options.number,
        default=0.0,
        metavar="ALPHA",
        help="blend each face with another one, by shares from Beta(ALPHA, ALPHA); "
        "0 never does (default)",
    )
    add(
        "--teacher",
        type=Path,
        action="append",
        default=[],
        metavar="ONNX",
        help="network with its card beside it, whose probabilities are learned besides the "
        "labels; the mean counts where the option is given several times",
    )
    add(
        "--teaching",
        type=options.share,
        default=0.5,
        help="weight of the teachers against the labels (default: 0.5)",
    )
    add("--no-flip", action="store_true", help="do not mirror faces")
    add("--full-size", action="store_true", help="do not start with smaller faces")
    add("--seed", type=options.seed, default=1, help="seed of all random numbers (default: 1)")
    add(
        "--precision",
        default="float32",
        choices=options.PRECISIONS,
        help="dtype policy of Keras; mixed_bfloat16 is faster on processors with AVX-512 "
        "(default: float32)",
    )
    add(
        "--hours",
        type=options.number,
        help="stop after about so many hours; the same command then continues",
    )
    add("--restart", action="store_true", help="discard an earlier, unfinished training")
    add(
        "--release",
        action="store_true",
        help="do not train, but calibrate and write the finished network of --weights anew",
    )
