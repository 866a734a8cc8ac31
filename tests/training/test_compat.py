"""The private names of Keras that we use: a test fails when a new version changes one."""

from __future__ import annotations

import ast

import pytest

import fer.training  # noqa: F401 - chooses Keras's backend, so it comes before Keras

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.settings import ROOT
from fer.training import compat


def test_layers_of_nested_models_are_among_all_layers():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="deep")])
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2, name="last")])
    assert {"deep", "last"} <= {layer.name for layer in compat.all_layers(model)}


def test_the_layer_before_another():
    inputs = keras.Input((4,))
    first = keras.layers.Dense(3, name="first")
    second = keras.layers.BatchNormalization()
    keras.Model(inputs, second(first(inputs)))
    assert compat.layer_before(second) is first


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="tests Keras' torch backend")
def test_torchs_transpose_is_there_to_be_replaced():
    from keras.src.backend.torch import nn

    assert callable(nn._transpose_spatial_inputs)


def test_keras_private_names_stand_in_one_module():
    private = ("_flatten_layers", "_keras_history")
    users = []
    for file in (ROOT / "fer" / "training").rglob("*.py"):
        if file.name == "compat.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in private:
                users.append(f"{file.name}:{node.lineno}")
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras.src"):
                users.append(f"{file.name}:{node.lineno}")
    assert users == []
