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
from fer.training.convert.arguments import PREPARED
from fer.training.convert.labels import SETS, doubt, label_names
from fer.training.convert.read import check_exists, read_model
from fer.training.draft import drafted, write_card
from fer.training.quiet import load_keras

if TYPE_CHECKING:
    from fer.training.convert.keras_network import KerasNetwork
    from fer.training.convert.onnx_file import OnnxFile

PARITY = 1e-3
"""The largest allowed difference of a probability between Keras and the ONNX file."""


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
            network, the labels or the weights do not fit, or the ONNX file gives other answers than
            Keras.
    """
    check_exists(model)  # before the imports, which take seconds
    if weights is not None and model.suffix.lower() != ".json":
        raise ModelError(
            f"{model} holds its own weights; --weights only goes with the .json of an architecture"
        )
    try:
        import onnx

        from fer.training.convert.output import output_kind

        network = _read(model, weights)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"converting needs {error.name}: python -m pip install -r requirements-train.txt"
        ) from error
    imagenet = input == "imagenet"
    color = color or ("grey" if network.channels == 1 else "bgr" if imagenet else "rgb")
    if (color == "grey") != (network.channels == 1):
        raise ModelError(f"{model}: {network.channels} channels do not fit --color {color}")
    if imagenet and network.channels == 1:
        raise ModelError(f"{model}: one channel does not fit --input imagenet")
    names = label_names(labels, network.classes)
    with drafted(folder) as draft:
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
                "normalization": dict(PREPARED[input]),
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
        write_card(path.with_suffix(".json"), card)
        check_draft(model, path, network)
    return card


def _read(model: Path, weights: Path | None) -> KerasNetwork | OnnxFile:
    """Read the network; only one of Keras needs Keras, which takes seconds to load."""
    if model.suffix.lower() == ".onnx":
        from fer.training.convert.onnx_file import OnnxFile

        return OnnxFile.read(model)
    load_keras()
    from fer.training.convert.keras_network import KerasNetwork

    return KerasNetwork(model, read_model(model, weights))


def check_draft(model: Path, draft: Path, network: KerasNetwork | OnnxFile) -> None:
    """Check that the app can run the file, and gets the probabilities that Keras gives."""
    classifier = EmotionClassifier.load(draft)
    shape = (16, network.size, network.size, network.channels)
    crops = list(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    try:
        ours = classifier.labels_probabilities(crops)
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            f"{model}: cannot read several faces at once. Write it again for any number of faces, "
            "in torch with `dynamic_axes` or `dynamic_shapes` of `torch.onnx.export`; onnxruntime "
            f"says: {reason}"
        ) from error
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
