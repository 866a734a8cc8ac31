"""Reads Keras models from the files that people have, without running code from them."""

from __future__ import annotations

import json
from pathlib import Path

from fer.errors import ModelError

_HALF = ("float16", "bfloat16")


def read_model(model: Path, weights: Path | None = None):
    """Read a model that Keras 2 or 3 wrote, and return it as a keras.Model.

    Args:
        model: a .keras, .h5 or .json file.
        weights: the file with the weights of a .json; None looks beside it.

    Raises:
        ModelError: the file cannot be read, or would run code or read other files; the message
            says what to do.
    """
    import keras

    from fer.training.compat import all_layers
    from fer.training.convert import keras2
    from fer.training.convert.architecture import check_architecture

    try:
        if model.suffix.lower() == ".json":
            weights = weights or _weights_beside(model)
            architecture = json.loads(model.read_text(encoding="utf-8"))
            old = "keras_version" in architecture  # Keras 3 does not write it there
        else:
            weights = model
            architecture, version = keras2.header(model)
            old = version.startswith("2")
        check_architecture(architecture, old)
        keras2.check_weights(weights)
        if model.suffix.lower() != ".json" and not old:
            network = keras.saving.load_model(model, compile=False, safe_mode=True)
        else:
            network = (keras2.build if old else keras.saving.deserialize_keras_object)(architecture)
            keras2.fill(network, weights)
        # Half precision is for training. The app computes in 32 bit, and its answers would differ.
        halves = [layer for layer in all_layers(network) if layer.compute_dtype in _HALF]
        for layer in halves:
            layer.dtype_policy = "float32"
        if halves:
            whole = keras.models.clone_model(network)  # whose weights have 32 bit, too
            whole.set_weights(network.get_weights())
            network = whole
    except ModelError as error:
        raise ModelError(f"{model}: {str(error).removeprefix(f'{model}: ')}") from error
    except Exception as error:  # Keras raises many kinds here
        raise ModelError(f"{model}: Keras cannot read it: {error}") from error
    return network


def check_exists(model: Path) -> None:
    """Reject what is no file.

    Raises:
        ModelError: nothing is there, or a folder; the message says what to do.
    """
    if (model / "saved_model.pb").is_file():
        raise ModelError(
            f"{model} is a SavedModel of TensorFlow; turn it into ONNX with `python -m "
            f"tf2onnx.convert --saved-model {model} --output {model.name}.onnx`, and convert "
            f"{model.name}.onnx"
        )
    if model.is_dir():
        raise ModelError(f"{model} is a folder; give a .keras, .h5, .json or .onnx file")
    if not model.is_file():
        raise ModelError(f"{model}: no such file")


def _weights_beside(model: Path) -> Path:
    for suffix in (".weights.h5", ".h5"):
        file = model.with_suffix(suffix)
        if file.is_file():
            return file
    raise ModelError("no weights beside it; name them with --weights")
