"""Checks what a model's file asks Keras to build, before Keras builds it.

An architecture may name any class, and so run the code of others or read files of this machine: a
Lambda holds a program, a StringLookup opens the file that it names. Emotion networks need neither,
so the only classes that are accepted are those of Keras, without the ones that do such things.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from fer.errors import ModelError

AS_ONNX = (
    'in the program that made the model, write it as a SavedModel with `model.export("saved")`, '
    "turn that into ONNX with `python -m tf2onnx.convert --saved-model saved --output model.onnx`, "
    "and convert model.onnx"
)
"""What to do with a network that cannot be read from its Keras file."""

_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer"}
_FILES = {"StringLookup", "IntegerLookup", "TextVectorization"}

_NETWORKS = {"Functional", "Model", "Sequential"}
_VALUES = {"__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__"}
_POLICIES = {"Policy", "DTypePolicy", "DTypePolicyMap"}

_UNUSED = {"compile_config", "build_config"}
"""Parts that serve training alone, and are not read."""


def check_architecture(architecture: Any, old: bool = False) -> None:
    """Reject an architecture that would run code, read files, or needs classes that are not here.

    Args:
        architecture: as it is in the file.
        old: whether Keras 2 wrote it; then it may name modules of other packages, which are not
            imported.

    Raises:
        ModelError: the message names the layer, and says what to do.
    """
    for part in _parts(architecture):
        kind, config = part["class_name"], part.get("config")
        name = config.get("name", kind) if isinstance(config, dict) else config
        layer = f"the layer {name!r} ({kind})"
        if kind in _CODE or kind == "__lambda__":
            raise ModelError(
                f"{layer} holds a program, which is not run here; if it prepared the pixels, build "
                "the network without it, load the same weights, save it and use --input; "
                f"otherwise, {AS_ONNX}"
            )
        if kind in _FILES:
            raise ModelError(
                f"{layer} reads files or texts, which no network that reads faces needs; build the "
                "network without it, load the same weights and save it"
            )
        if not _of_keras(part, kind, config, old):
            raise ModelError(
                f"{layer} is not one of Keras 3, and its code is not in the file; {AS_ONNX}"
            )


def _parts(value: Any) -> Iterator[dict]:
    """Everything in an architecture that becomes an object."""
    if isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("class_name"), str):
            yield value
        for key, item in value.items():
            if key not in _UNUSED:
                yield from _parts(item)


def _of_keras(part: dict, kind: str, config: Any, old: bool) -> bool:
    module = part.get("module") or "keras"
    packages = ("keras", "builtins", *(("tf_keras", "tensorflow") if old else ()))
    if module.partition(".")[0] not in packages or ">" in (part.get("registered_name") or ""):
        return False
    if kind == "function":
        return isinstance(config, str) and hasattr(keras.activations, config)
    if module.startswith("keras.src.ops."):  # x + y and the like
        return True
    if kind in _VALUES | _NETWORKS | _POLICIES:
        return True
    places = (keras.layers, keras.initializers, keras.regularizers, keras.constraints)
    return any(isinstance(getattr(place, kind, None), type) for place in places)
