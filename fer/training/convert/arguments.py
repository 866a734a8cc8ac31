"""The options of `python -m fer convert`; nothing is loaded for them."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer.training import pixels
from fer.training.convert.labels import SETS

PREPARED = {
    "0..1": pixels.ZERO_TO_ONE,
    "-1..1": pixels.MINUS_ONE_TO_ONE,
    "none": pixels.UNCHANGED,
    "imagenet": pixels.UNCHANGED,  # a layer in front of the network subtracts the means
    "standardize": pixels.STANDARDIZE,
}
"""The preparation of the pixels, by the value of `--input`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Turn a model that was trained elsewhere into one that the app runs: a Keras model (.keras "
        "or .h5, or .json with weights in .h5), of Keras 2 (tf.keras), too, or an ONNX file. For "
        "example: python -m fer convert mine.h5 --labels fer2013 --input -1..1"
    )
    add = parser.add_argument
    add("model", type=Path, help="the whole model (.keras, .h5, .onnx) or its architecture (.json)")
    add("--weights", type=Path, help="weights of a .json (default: the .h5 of the same name)")
    add(
        "--labels",
        required=True,
        help="order of the outputs: "
        + "; ".join(f"{name} ({', '.join(some)})" for name, some in SETS.items())
        + "; or your names, separated by commas. folders are those of FER2013 as "
        "flow_from_directory reads them. The order cannot be seen in the model, and a wrong one "
        "swaps emotions silently",
    )
    add(
        "--input",
        default="0..1",
        choices=list(PREPARED),
        help="what pixels 0..255 were turned into in training (default: 0..1). none: nothing; "
        "standardize: each face to mean 0 and deviation 1; imagenet: blue, green and red less "
        "their means, by preprocess_input of VGG16 or ResNet50 (that of MobileNet, MobileNetV2, "
        "Xception and InceptionV3 is -1..1)",
    )
    add(
        "--color",
        choices=("grey", "rgb", "bgr"),
        help="default: grey for one channel, else rgb; bgr with --input imagenet",
    )
    add("--out", type=Path, help="folder to write (default: models/NAME of the model file)")


def joined(arguments: list[str]) -> list[str]:
    """Join `--input` and its value to one argument: argparse would take -1..1 for an option."""
    arguments = list(arguments)
    for at in range(len(arguments) - 2, -1, -1):
        if arguments[at] == "--input":
            arguments[at : at + 2] = [f"--input={arguments[at + 1]}"]
    return arguments
