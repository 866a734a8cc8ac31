"""`python -m fer convert`: bring a model that was trained elsewhere into the app.

The model may have been written by Keras 2 (tf.keras) or 3, or as ONNX by anything. It becomes an
ONNX file with a card beside it, and both are checked before they are installed. The packages of
requirements-train.txt are needed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer.console import note, say
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.training import pixels
from fer.training.convert.labels import SETS, doubt, label_names
from fer.training.convert.read import check_exists, read_model

if TYPE_CHECKING:
    from fer.training.convert.keras_network import KerasNetwork
    from fer.training.convert.onnx_file import OnnxFile

PARITY = 1e-3
"""The largest allowed difference of a probability between Keras and the ONNX file."""

_PIXELS = {
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
        choices=list(_PIXELS),
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


def run(args: argparse.Namespace) -> int:
    folder = args.out or Path("models") / args.model.stem
    card = convert(args.model, folder, args.labels, args.weights, args.input, args.color)
    size = card["preprocessing"]["width"]
    say(
        f"{folder / 'emotion.onnx'}: {size}×{size} {card['preprocessing']['color']}, "
        f"{len(card['labels'])} classes: {', '.join(card['labels'])}; output: {card['output']}"
    )
    if args.labels in SETS and (question := doubt(tuple(card["labels"]))):
        note(question)
    return 0


def convert(
    model: Path,
    folder: Path,
    labels: str,
    weights: Path | None = None,
    input: str = "0..1",
    color: str | None = None,
) -> dict:
    """Convert a model and return its card.

    Args:
        model: a .keras, .h5, .json or .onnx file.
        folder: gets emotion.onnx and emotion.json, once they have been checked.
        labels: names of the outputs, as `--labels` takes them.
        weights: the file with the weights of a .json; None looks beside it.
        input: how pixels were prepared in training, as `--input` takes it.
        color: "grey", "rgb" or "bgr"; None takes what fits the number of channels.

    Raises:
        ModelError: the file cannot be read, its input or output is not that of an emotion
            network, the labels do not fit, or the ONNX file gives other answers than Keras.
    """
    check_exists(model)  # before the imports, which take seconds
    try:
        import onnx

        from fer.training import export
        from fer.training.convert.keras_network import KerasNetwork
        from fer.training.convert.onnx_file import OnnxFile
        from fer.training.convert.output import output_kind
    except ModuleNotFoundError as error:
        raise ModelError(
            f"converting needs {error.name}: pip install -r requirements-train.txt"
        ) from error
    of_onnx = model.suffix.lower() == ".onnx"
    network = OnnxFile.read(model) if of_onnx else KerasNetwork(model, read_model(model, weights))
    imagenet = input == "imagenet"
    color = color or ("grey" if network.channels == 1 else "bgr" if imagenet else "rgb")
    if (color == "grey") != (network.channels == 1):
        raise ModelError(f"{model}: {network.channels} channels do not fit --color {color}")
    if imagenet and network.channels == 1:
        raise ModelError(f"{model}: one channel does not fit --input imagenet")
    names = label_names(labels, network.classes)
    with export.drafted(folder) as draft:
        path = draft / "emotion.onnx"
        network.write(path, imagenet)
        try:
            kind = output_kind(onnx.load(str(path)).graph)
        except ModelError as error:
            raise ModelError(f"{model}: {error}") from error
        card = {
            "name": model.stem,
            "labels": list(names),
            "preprocessing": {
                "color": color,
                "width": network.size,
                "height": network.size,
                "layout": network.layout,
                "normalization": dict(_PIXELS[input]),
            },
            "output": kind,
            "temperature": 1.0,
            "abstain_below": None,
            "training": {"converted_from": model.name},
            "size": {
                "parameters": network.parameters(),
                "model_mb": path.stat().st_size / 1e6,
            },
        }
        export.write_card(path.with_suffix(".json"), card)
        check_draft(model, path, network)
    return card


def check_draft(model: Path, draft: Path, network: KerasNetwork | OnnxFile) -> None:
    """Check that the app can run the file, and gets the probabilities that Keras gives."""
    classifier = EmotionClassifier.load(draft)
    shape = (16, network.size, network.size, network.channels)
    crops = list(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    try:
        ours = classifier.labels_probabilities(crops)
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        raise ModelError(f"{model}: cannot read several faces at once: {error}") from error
    expected = network.answers(np.stack([classifier.prepare(crop) for crop in crops]))
    if expected is None:
        return
    if classifier.card["output"] == "logits":
        expected = np.exp(expected - expected.max(1, keepdims=True))
    expected = expected / expected.sum(1, keepdims=True)
    gap = np.abs(ours - expected).max()
    if not gap <= PARITY:
        raise ModelError(
            f"{model}: as ONNX its answers differ from Keras by {gap:.4f}, more than {PARITY}; "
            "nothing was installed"
        )
