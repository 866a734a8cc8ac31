"""Builds the networks: ours, the classical baseline, and six from keras.applications."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers

from fer.training.compat import all_layers
from fer.training.emotion.inputs import APPLICATIONS as NAMES
from fer.training.emotion.inputs import CAFFE, INPUTS
from fer.training.files import DataError
from fer.training.pixels import (
    IMAGENET_BGR,
    MINUS_ONE_TO_ONE,
)

HEADS = ("emotion", "votes")
"""The names of the layers that answer."""


APPLICATIONS: dict[str, Callable] = {name: getattr(keras.applications, name) for name in NAMES}


def build(name: str, classes: int = 7, votes: int = 0, weights: str | None = None) -> keras.Model:
    """Build a network by its name.

    Args:
        name: a key of `INPUTS`.
        classes: number of emotions to tell apart.
        votes: number of FER+ classes of a second head; only `mood` has one.
        weights: a file with the weights to start from: those of such a network or, for one of
            keras.applications, of the part without the top. For these, "imagenet" takes the
            weights of ImageNet. The whole network that `train.py` left (`model.keras`) may have
            learned other classes: then heads that differ start from random weights. None starts
            all of them so.

    Returns:
        A model with the output "emotion" and perhaps the output "votes".

    Raises:
        ValueError: the name is unknown.
        DataError: the weights cannot be read or belong to another network.
    """
    imagenet = weights == "imagenet" and name in APPLICATIONS
    if name == "mood":
        model = mood(classes, votes)
    elif name == "baseline":
        model = baseline(classes)
    elif name in APPLICATIONS:
        model = application(name, classes, imagenet)
    else:
        raise ValueError(f"unknown network {name!r}, expected one of {', '.join(INPUTS)}")
    if weights and not imagenet:
        _load(model, Path(weights))
    return model


def _load(model: keras.Model, path: Path) -> None:
    if not path.is_file():
        others = f", or imagenet for {', '.join(NAMES)}"
        raise DataError(f"{path}: no such file; --weights takes one of `train.py`{others}")
    bodies = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    for part in (model, *bodies):
        try:
            with warnings.catch_warnings():
                # Keras warns of each layer that a file of another network lacks.
                warnings.simplefilter("ignore")
                part.load_weights(path)
        except Exception as error:  # Keras, h5py and zipfile share no base class but Exception
            problem = error
        else:
            return
    if not _load_all_but_heads(model, path):
        raise DataError(
            f"{path}: not the weights of {model.name}, as `train.py` leaves them; those for other "
            "classes are only taken from its model.keras"
        ) from problem


def _load_all_but_heads(model: keras.Model, path: Path) -> bool:
    """Load what a whole network shares with `model` if they differ in their heads alone."""
    try:
        trained = keras.saving.load_model(path, compile=False)
    except Exception:  # as above
        return False
    shapes = [{layer.name: _shapes(layer) for layer in one.layers} for one in (model, trained)]
    others = [name for name in HEADS if shapes[0].get(name) != shapes[1].get(name)]
    ours, theirs = (
        [layer for layer in one.layers if layer.weights and layer.name not in others]
        for one in (model, trained)
    )
    if list(map(_shapes, ours)) != list(map(_shapes, theirs)):
        return False
    for layer, other in zip(ours, theirs, strict=True):
        layer.set_weights(other.get_weights())
    return True


def _shapes(layer: layers.Layer) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]


def mood(
    classes: int = 7,
    votes: int = 8,
    size: int | None = None,
    widths: tuple[int, ...] = (48, 112, 224),
    blocks: tuple[int, ...] = (1, 2, 1),
    dropout: float = 0.3,
) -> keras.Model:
    """Build our residual network on grey faces, with two heads.

    It begins with a 5×5 convolution at stride 2, because a few channels at full resolution take
    much time and help little. Residual stages at 24, 12 and 6 pixels follow.

    Args:
        classes: number of emotions.
        votes: number of FER+ classes of the second head; 0 leaves that head out.
        size: height and width of the input, in pixels. None takes any size, so that training can
            start with small faces.
        widths: number of channels in each stage.
        blocks: number of residual blocks in each stage.
        dropout: share of the features that is dropped before the heads.

    Returns:
        A model that takes float32 faces (N, size, size, 1) and gives float32 logits: "emotion"
        (N, classes) and "votes" (N, votes).
    """
    x = inputs = keras.Input((size, size, 1), name="face")
    # The padding is explicit: for a convolution with a stride, an ONNX file with "same" padding
    # computes it anew in each run.
    x = layers.ZeroPadding2D(((1, 2), (1, 2)))(x)
    x = _conv(x, widths[0], kernel=5, stride=2, padding="valid")
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        if stage:
            x = layers.MaxPooling2D(2)(x)
        for _ in range(count):
            x = _residual(x, width)
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    if dropout:
        x = layers.Dropout(dropout, dtype="float32")(x)
    outputs = {"emotion": layers.Dense(classes, dtype="float32", name="emotion")(x)}
    if votes:
        outputs["votes"] = layers.Dense(votes, dtype="float32", name="votes")(x)
    return keras.Model(inputs, outputs, name="mood")


def baseline(classes: int = 7) -> keras.Model:
    """Build the classical network of student projects, with 4,346,631 parameters for 7 classes.

    On grey 48×48 faces it has four convolutions with 64, 128, 512 and 512 channels, each followed
    by batch norm, ReLU, pooling and dropout; then dense layers of 256 and 512, and a softmax.
    """
    x = inputs = keras.Input((48, 48, 1), name="face")
    for width in (64, 128, 512, 512):
        x = layers.Conv2D(width, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D(2)(x)
        x = layers.Dropout(0.25)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(256, activation="relu")(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Dense(512)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(0.25)(x)
    answer = layers.Dense(classes, activation="softmax", dtype="float32", name="emotion")(x)
    return keras.Model(inputs, {"emotion": answer}, name="baseline")


def application(name: str, classes: int = 7, imagenet: bool = False) -> keras.Model:
    """One of keras.applications on 224×224 colour faces, with a softmax over `classes`.

    The network takes pixels 0..255 and prepares them itself as its ImageNet weights expect.

    Raises:
        DataError: the ImageNet weights cannot be downloaded.
    """
    inputs = keras.Input((224, 224, 3), name="face")
    if name in CAFFE:
        x = layers.Rescaling(1.0, offset=IMAGENET_BGR)(inputs)
    else:
        x = layers.Rescaling(MINUS_ONE_TO_ONE["scale"], MINUS_ONE_TO_ONE["offset"])(inputs)
    options = {"include_top": False, "input_shape": (224, 224, 3), "pooling": "avg"}
    try:
        body = APPLICATIONS[name](weights="imagenet" if imagenet else None, **options)
    except Exception as error:  # the download's errors share no base class but Exception
        if not imagenet:
            raise
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"the ImageNet weights of {name} cannot be downloaded ({reason}); without --weights "
            "the network starts from random ones"
        ) from error
    answer = layers.Dense(classes, activation="softmax", dtype="float32", name="emotion")(body(x))
    return keras.Model(inputs, {"emotion": answer}, name=name.lower())


def freeze(model: keras.Model) -> None:
    """Let a training change nothing but the last layers.

    These are the last stage and the heads of `mood`, the dense layers of `baseline`, and the top
    of a network from keras.applications. All other layers keep their weights and the statistics of
    their batch norms.
    """
    bodies = (layers.MaxPooling2D, keras.Model)
    last = max(i for i, layer in enumerate(model.layers) if isinstance(layer, bodies))
    for layer in model.layers[: last + 1]:
        layer.trainable = False


def gives_logits(model: keras.Model) -> bool:
    """Whether the head "emotion" gives logits instead of probabilities."""
    return model.get_layer("emotion").activation is keras.activations.linear


def multiply_accumulates(model: keras.Model, shape: tuple[int, int, int]) -> float:
    """Count the multiply-accumulates for one face of `shape` (h, w, channels), in millions.

    Only convolutions and dense layers count; everything else is below one percent.
    """
    counted = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense)
    heavy = [layer for layer in all_layers(model) if isinstance(layer, counted)]
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    if inner:
        return sum(multiply_accumulates(part, shape) for part in inner) + sum(
            math.prod(layer.kernel.shape) / 1e6
            for layer in model.layers
            if type(layer) is layers.Dense
        )
    probe = keras.Model(model.inputs, [layer.output for layer in heavy])
    total = 0
    for layer, out in zip(heavy, probe.compute_output_shape((1, *shape)), strict=True):
        places = math.prod(out[1:-1])
        total += places * sum(
            math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1
        )
    return total / 1e6


def _conv(
    x,
    width: int,
    kernel: int = 3,
    stride: int = 1,
    padding: str = "same",
    activate: bool = True,
):
    x = layers.Conv2D(
        width,
        kernel,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-5)(x)
    return layers.ReLU()(x) if activate else x


def _residual(x, width: int):
    skip = x
    if x.shape[-1] != width:
        skip = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="he_normal")(x)
    x = _conv(x, width)
    x = _conv(x, width, activate=False)
    return layers.ReLU()(layers.Add()([x, skip]))
