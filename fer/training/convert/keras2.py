"""Reads networks that Keras 2 wrote (`tf.keras` up to TensorFlow 2.15, or `tf_keras`) into Keras 3.

Keras 3 can read the format of Keras 2 up to 2.12. From 2.13 on, files name the modules of Keras 2,
which Keras 3 mistakes for modules of its own. In every format it rejects arguments that its layers
no longer have, and it numbers the calls of nested networks differently.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras

from fer.errors import ModelError
from fer.training.compat import all_layers

_LATER = {"module", "registered_name", "build_config", "compile_config"}
"""Keys that Keras 2.13 added to each part of an architecture."""

_DROPPED = {
    "Conv2DTranspose": ("groups",),
    "DepthwiseConv2D": ("groups",),
    "SeparableConv2D": (
        "groups",
        "kernel_initializer",
        "kernel_regularizer",
        "kernel_constraint",
    ),
    "SpatialDropout2D": ("trainable", "noise_shape"),
}
"""Arguments of layers that had no effect in Keras 2 but were written, and that Keras 3 rejects."""

_NETWORKS = ("Functional", "Model", "Sequential")


def header(file: Path) -> tuple[dict, str]:
    """The architecture of a whole model and the version of Keras that wrote it.

    Args:
        file: a .h5 or .keras file.

    Raises:
        ModelError: the file holds weights only.
    """
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read("metadata.json"))
            return json.loads(archive.read("config.json")), about["keras_version"]
    with h5py.File(file) as source:
        if "model_config" not in source.attrs:
            raise ModelError(
                "the file holds weights only; where the network is built, write its architecture "
                'with `open("model.json", "w").write(model.to_json())`, and convert model.json '
                f"with --weights {file}"
            )
        version = source.attrs.get("keras_version", "2")
        version = version if isinstance(version, str) else version.decode()
        return json.loads(source.attrs["model_config"]), version


def check_weights(file: Path) -> None:
    """Reject weights that HDF5 would read from other files, wherever these are on this machine.

    Raises:
        ModelError: a part of the file is a link to another file, or keeps its numbers in one.
    """
    if zipfile.is_zipfile(file):
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file) as archive:
            return check_weights(Path(archive.extract("model.weights.h5", folder)))
    with h5py.File(file) as source:
        groups = [source]
        while groups:
            group = groups.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise ModelError(f"its part {name!r} is a link to another file")
                if isinstance(link, h5py.SoftLink):
                    continue  # leads to another part of this file, which is met, too
                part = group[name]
                if isinstance(part, h5py.Group):
                    groups.append(part)
                elif isinstance(part, h5py.Dataset) and (part.external or part.is_virtual):
                    raise ModelError(f"its part {name!r} is kept in another file")
    return None


def build(architecture: dict) -> keras.Model:
    """Build a network from an architecture that Keras 2 wrote, without its weights.

    Raises:
        ValueError: Keras 3 lacks one of its layers. Keras itself raises other kinds of errors, too.
    """
    plain = _plain(architecture)
    kind = keras.Sequential if plain["class_name"] == "Sequential" else keras.Model
    return kind.from_config(plain["config"])


def fill(network: keras.Model, weights: Path) -> None:
    """Load the weights of a network from a .h5 file in either layout, or from a whole .keras."""
    with tempfile.TemporaryDirectory() as folder:
        if zipfile.is_zipfile(weights):
            old = False
            with zipfile.ZipFile(weights) as archive:
                file = archive.extract("model.weights.h5", folder)
        else:
            with h5py.File(weights) as source:
                old = "layer_names" in source.get("model_weights", source).attrs
            # Keras chooses the layout by the name of the file, but Keras 2 used both names for both
            # layouts.
            file = str(Path(folder) / ("old.h5" if old else "new.weights.h5"))
            shutil.copy(weights, file)
        if old:
            network.load_weights(file)
        else:
            # Keras 3 also expects the state of random layers, which Keras 2 did not write.
            bare = [layer for layer in all_layers(network) if not layer.weights]
            network.load_weights(file, objects_to_skip=bare)


def _plain(part):
    """A part of an architecture, with everything in it, in the form that Keras 3 can read."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    part = {key: _plain(value) for key, value in part.items() if key not in _LATER}
    kind, config = part.get("class_name"), part.get("config")
    if kind == "Policy":
        return "float32"  # half precision was only for training
    if kind == "Sequential":
        part["config"] = _sequential(config)
    elif kind in _NETWORKS:
        part["config"] = _functional(config)
    elif kind is not None:
        # "rng_type" belongs to every layer whose name begins with Random.
        unknown = ("rng_type", *_DROPPED.get(kind, ()))
        part["config"] = {key: config[key] for key in config if key not in unknown}
    return part


def _sequential(config: dict | list) -> dict:
    """The config of a Sequential with its input as a separate layer.

    Keras 2 kept the shape of the input in the first layer, where Keras 3 misreads it.
    """
    if isinstance(config, list):  # before Keras 2.2.3
        config = {"name": "model", "layers": config}
    shape = config["layers"][0]["config"].get("batch_input_shape")
    layers = [layer for layer in config["layers"] if layer["class_name"] != "InputLayer"]
    for layer in layers:
        layer["config"].pop("batch_input_shape", None)
    if shape is not None:
        first = {"name": "input", "batch_shape": shape, "dtype": "float32"}
        layers.insert(0, {"class_name": "InputLayer", "config": first})
    return {**config, "layers": layers}


def _functional(config: dict) -> dict:
    """The config of a functional network with the calls of nested networks numbered from 0.

    Keras 2 counted the construction of a nested network as its call 0. Keras 3 does not, except
    where the call gives the output of the whole network and the nested one is no Sequential.
    """
    layers = config["layers"]
    inner = {layer["name"]: layer["class_name"] for layer in layers}
    inner = {name: kind for name, kind in inner.items() if kind in _NETWORKS}
    for layer in layers:
        for call in layer["inbound_nodes"]:
            for source in call:
                source[1] -= source[0] in inner
    outputs = config["output_layers"]
    for output in outputs:
        output[1] -= inner.get(output[0]) == "Sequential"
    # From a list of one output Keras 3 would make a network that answers with a list.
    return {**config, "output_layers": outputs[0] if len(outputs) == 1 else outputs}
