"""Writes small networks of Keras 3 as files in the format of Keras 2.

The architectures were once compared, key by key, with what `tf_keras` 2.21 wrote for such networks.
They are the same but for the version, the name of its package and the ids of shared initializers.
Parts name their modules, except the outer layers of a .h5 and everything in a network that is
nested in a functional one. Weights are stored in the two layouts that Keras 3 knows, too.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import keras

VERSION = "2.15.0"

_GLOROT = {
    "module": "keras.initializers",
    "class_name": "GlorotUniform",
    "config": {"seed": None},
    "registered_name": None,
}
_KERNEL = {
    "kernel_initializer": _GLOROT,
    "kernel_regularizer": None,
    "kernel_constraint": None,
}
_MORE = {
    "InputLayer": {"ragged": False},
    "Conv2D": {"kernel_initializer": _GLOROT},
    "Dense": {"kernel_initializer": _GLOROT, "activity_regularizer": None},
    "DepthwiseConv2D": {"groups": 1, "depthwise_initializer": _GLOROT},
    "SeparableConv2D": {
        "groups": 1,
        **_KERNEL,
        "depthwise_initializer": _GLOROT,
        "pointwise_initializer": _GLOROT,
    },
    "RandomFlip": {"rng_type": "stateful"},
}
_LESS = {
    "BatchNormalization": {"synchronized", "renorm", "renorm_clipping", "renorm_momentum"},
    "DepthwiseConv2D": {"filters", *_KERNEL},
    "Dense": {"quantization_config"},
    "RandomFlip": {"data_format"},
}


def save_json(model: keras.Model, path: Path) -> None:
    """Write an architecture as .json, and its weights as .h5 beside it."""
    whole = path.with_suffix(".whole.h5")
    model.save(whole)
    with h5py.File(whole) as source, h5py.File(path.with_suffix(".h5"), "w") as target:
        group = source["model_weights"]
        target.attrs.update({**group.attrs, "keras_version": VERSION})
        for name in group:
            group.copy(name, target)
    about = {"keras_version": VERSION, "backend": "tensorflow"}
    path.write_text(json.dumps(_network(model, True) | about))


def save_h5(model: keras.Model, path: Path) -> None:
    """Write a whole model as .h5.

    Before TensorFlow 2.12, `model.save("a.keras")` wrote the same.
    """
    model.save(path)
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = file["model_weights"].attrs["keras_version"] = VERSION
        file.attrs["model_config"] = json.dumps(_network(model, False))


def save_keras(model: keras.Model, path: Path) -> None:
    """Write a whole model as .keras, without the state of random layers, as Keras 2 did."""
    weights = path.with_suffix(".weights.h5")
    model.save_weights(weights)
    with h5py.File(weights, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        for name in names:
            if name.endswith("/seed_generator"):
                del file[name]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": VERSION}))
        archive.writestr("config.json", json.dumps(_part(model, True, True)))
        archive.write(weights, "model.weights.h5")


def _network(model: keras.Model, modules: bool) -> dict:
    """Class and config of a network; `modules` says whether its parts name their modules."""
    config: dict = {"name": model.name}
    if isinstance(model, keras.Sequential):
        first = model.layers[0]
        inputs = keras.layers.InputLayer(
            batch_shape=model.input_shape, dtype="float32", name=f"{first.name}_input"
        )
        config["layers"] = [_part(layer, modules, True) for layer in (inputs, *model.layers)]
        if not isinstance(first, keras.Model):
            config["layers"][1]["config"]["batch_input_shape"] = list(model.input_shape)
        return {"class_name": "Sequential", "config": config}
    config |= {"trainable": model.trainable, "layers": []}
    inner = [layer.name for layer in model.layers if isinstance(layer, keras.Model)]
    for layer, new in zip(model.layers, model.get_config()["layers"], strict=True):
        sources = [call["args"][0]["config"]["keras_history"] for call in new["inbound_nodes"]]
        calls = [[[name, at + (name in inner), output, {}]] for name, at, output in sources]
        part = _part(layer, modules, False)
        config["layers"].append(part | {"name": layer.name, "inbound_nodes": calls})
    for key, tensor in (("input_layers", model.inputs[0]), ("output_layers", model.outputs[0])):
        name = tensor._keras_history.operation.name
        config[key] = [[name, int(name in inner), 0]]
    return {"class_name": "Functional", "config": config}


def _part(layer: keras.Layer, modules: bool, within: bool) -> dict:
    """Class and config of a layer or network.

    Args:
        layer: the layer or network.
        modules: whether it names its module.
        within: whether the parts of a network name theirs.
    """
    kind = type(layer).__name__
    if isinstance(layer, keras.Model):
        part = _network(layer, within)
    else:
        config = {k: v for k, v in layer.get_config().items() if k not in _LESS.get(kind, ())}
        config |= {"dtype": "float32", **_MORE.get(kind, {})}
        if kind == "InputLayer":
            config["batch_input_shape"] = config.pop("batch_shape")
        if kind == "BatchNormalization":
            config["axis"] = [len(layer.input.shape) - 1]
        part = {"class_name": kind, "config": config}
    if not modules:
        return part
    of_keras: dict = {"module": "keras.layers", "registered_name": None}
    if kind == "Functional":
        of_keras = {"module": "keras.src.engine.functional", "registered_name": "Functional"}
    elif kind == "Sequential":
        of_keras["module"] = "keras"
    if kind != "InputLayer":
        took = layer.inputs[0] if isinstance(layer, keras.Model) else layer.input
        of_keras["build_config"] = {"input_shape": took.shape}
    return of_keras | part
