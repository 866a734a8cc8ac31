"""`python -m fer convert`: bring a Keras model that was trained elsewhere into the app.

The model may have been written by Keras 2 (tf.keras) or 3. It becomes an ONNX file with a card
beside it, and both are checked before they are installed. The packages of requirements-train.txt
are needed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from fer.emotions import AFFECTNET, EMOTIONS, FIVE, canonical
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.training import pixels

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
        "Turn a Keras model (.keras, .h5, or .json with weights in .h5) into one that the app "
        "runs. Files of Keras 2 (tf.keras) are read, too."
    )
    add = parser.add_argument
    add("model", type=Path, help="the whole model (.keras, .h5) or its architecture (.json)")
    add("--weights", type=Path, help="weights of a .json (default: the .h5 of the same name)")
    add(
        "--labels",
        required=True,
        help="order of the outputs: fer2013 (angry, disgust, fear, happy, sad, surprise, neutral), "
        "folders (alphabetical, as flow_from_directory gives it), affectnet, or a comma-separated "
        "list. It cannot be seen in the model, and a wrong order swaps emotions silently",
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
    print(
        f"{folder / 'emotion.onnx'}: {size}×{size} {card['preprocessing']['color']}, "
        f"{len(card['labels'])} classes: {', '.join(card['labels'])}"
    )
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
        model: a .keras, .h5 or .json file.
        folder: gets emotion.onnx and emotion.json, once they have been checked.
        labels: names of the outputs, as `--labels` takes them.
        weights: the file with the weights of a .json; None looks beside it.
        input: how pixels were prepared in training, as `--input` takes it.
        color: "grey", "rgb" or "bgr"; None takes what fits the number of channels.

    Raises:
        ModelError: the file cannot be read, its input or output is not that of an emotion
            network, the labels do not fit, or the ONNX file gives other answers than Keras.
    """
    try:
        from fer.training import export
        from fer.training.emotion import fit, networks
    except ModuleNotFoundError as error:
        raise ModelError(
            f"converting needs {error.name}: pip install -r requirements-train.txt"
        ) from error
    network = load(model, weights)
    size, channels = _check_input(model, network)
    imagenet = input == "imagenet"
    color = color or ("grey" if channels == 1 else "bgr" if imagenet else "rgb")
    if (color == "grey") != (channels == 1):
        raise ModelError(f"{model}: {channels} channels do not fit --color {color}")
    if imagenet and channels == 1:
        raise ModelError(f"{model}: one channel does not fit --input imagenet")
    takes = networks.Input(size, color, _PIXELS[input])
    names = label_names(labels, _check_output(model, network))
    network = _applied(network, imagenet)

    images = np.random.default_rng(0).integers(0, 256, (16, size, size, 3), np.uint8)
    images = images if channels == 3 else images[..., 0]
    answers = fit.predict(_named(network), images, takes)["emotion"]
    sums = answers.sum(1)
    probabilities = bool((answers >= 0).all() and np.allclose(sums, 1, atol=1e-3))

    with export.drafted(folder) as draft:
        path = draft / "emotion.onnx"
        export.write_onnx(network, path)
        card = {
            "name": model.stem,
            "labels": list(names),
            "preprocessing": takes.card(),
            "output": "probabilities" if probabilities else "logits",
            "temperature": 1.0,
            "abstain_below": None,
            "training": {"converted_from": model.name},
            "size": {
                "parameters": network.count_params(),
                "model_mb": path.stat().st_size / 1e6,
            },
        }
        export.write_card(path.with_suffix(".json"), card)
        _compare(model, path, images, answers, probabilities)
    return card


def load(model: Path, weights: Path | None = None):
    """Read a model that Keras 2 or 3 wrote, and return it as a keras.Model.

    Args:
        model: a .keras, .h5 or .json file.
        weights: the file with the weights of a .json; None looks beside it.

    Raises:
        ModelError: the file cannot be read.
    """
    import keras

    from fer.training.convert import keras2

    if not model.is_file():
        raise ModelError(f"{model}: no such file")
    try:
        if model.suffix == ".json":
            weights = weights or _weights_beside(model)
            architecture = json.loads(model.read_text(encoding="utf-8"))
            old = "keras_version" in architecture  # Keras 3 does not write it there
        else:
            weights = model
            architecture, version = keras2.header(model)
            old = version.startswith("2")
            if not old:
                return keras.saving.load_model(model, compile=False)
        network = (keras2.build if old else keras.saving.deserialize_keras_object)(architecture)
        keras2.fill(network, weights)
    except ModelError:
        raise
    except Exception as error:  # Keras raises many kinds here
        raise ModelError(f"{model}: Keras cannot read it: {error}") from error
    return network


def label_names(labels: str, count: int) -> tuple[str, ...]:
    """The names of a network's outputs, in their order.

    Args:
        labels: as `--labels` takes them.
        count: number of outputs.

    Raises:
        ModelError: a name is unknown or given twice, or their number does not fit.
    """
    sets = {5: FIVE, 7: EMOTIONS, 8: (*EMOTIONS, "contempt")}
    if labels == "folders":
        names = tuple(sorted(sets.get(count, ())))
    elif labels == "fer2013":
        names = sets.get(count, ())
    elif labels == "affectnet":
        names = AFFECTNET[:count] if count in (7, 8) else ()
    else:
        names = tuple(name.strip().lower() for name in labels.split(","))
    for name in names:
        try:
            canonical(name)
        except ValueError as error:
            raise ModelError(str(error)) from error
    if len(names) != count or len(set(names)) != count:
        raise ModelError(f"the model has {count} outputs, but --labels {labels} gives {len(names)}")
    return names


def _weights_beside(model: Path) -> Path:
    for suffix in (".weights.h5", ".h5"):
        file = model.with_suffix(suffix)
        if file.is_file():
            return file
    raise ModelError(f"{model}: no weights beside it; name them with --weights")


def _check_input(model: Path, network) -> tuple[int, int]:
    """Size in pixels and number of channels of the network's only input."""
    shape = network.input_shape if isinstance(network.input_shape, tuple) else ()
    if len(shape) != 4 or shape[1] != shape[2] or shape[1] is None or shape[3] not in (1, 3):
        raise ModelError(
            f"{model}: its input is {network.input_shape}; expected square faces with the channels "
            "last, such as (None, 48, 48, 1) or (None, 224, 224, 3)"
        )
    return shape[1], shape[3]


def _check_output(model: Path, network) -> int:
    """Number of values that the network's only output has for each face."""
    shape = network.output_shape if isinstance(network.output_shape, tuple) else ()
    if len(shape) != 2 or shape[1] is None:
        raise ModelError(
            f"{model}: its output is {network.output_shape}; expected one value a class"
        )
    return shape[1]


def _applied(network, imagenet: bool):
    """The network as the app runs it: no augmentation, and ImageNet's means subtracted if asked."""
    import keras

    x = inputs = keras.Input(network.input_shape[1:], name="face")
    if imagenet:
        x = keras.layers.Rescaling(1.0, offset=pixels.IMAGENET_BGR)(x)
    # Unless `training` is False, random layers would go into the ONNX file and be active there.
    return keras.Model(inputs, network(x, training=False))


def _named(network):
    """The network with the name that this project gives to its output."""
    import keras

    return keras.Model(network.inputs, {"emotion": network.outputs[0]})


def _compare(
    model: Path, draft: Path, images: np.ndarray, answers: np.ndarray, probabilities: bool
) -> None:
    """Check that the app's classifier gives the probabilities that Keras gave."""
    expected = answers.astype(np.float64)
    if not probabilities:
        expected = np.exp(expected - expected.max(1, keepdims=True))
        expected /= expected.sum(1, keepdims=True)
    gap = np.abs(EmotionClassifier.load(draft).labels_probabilities(list(images)) - expected).max()
    if gap > PARITY:
        raise ModelError(
            f"{model}: as ONNX its answers differ from Keras by {gap:.4f}, more than {PARITY}; "
            "nothing was installed"
        )
