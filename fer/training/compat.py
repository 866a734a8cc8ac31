"""Every private name of Keras that we use, for lack of a public one.

`fer.web.compat` does the same for the app. All were checked with Keras 3.15, and
`tests/training/test_compat.py` fails where a new version changes what we rely on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras


def all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The model and all layers in it, at whatever depth.

    `Model.layers` stops at nested models, and Keras has no public way through them.
    """
    return list(model._flatten_layers())


def layer_before(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer whose output is the input of the given one in a functional model.

    Keras keeps the graph in its tensors, under a private name.
    """
    return layer.input._keras_history.operation


def replace_transpose(change: Callable) -> None:
    """Replace the function that turns channels-last maps into torch's order.

    Keras' torch backend copies each map there and back. A later Keras may lack the function; then
    nothing is replaced, and training is only slower.

    Args:
        change: takes the function of Keras and returns the one that stands in for it.
    """
    from keras.src.backend.torch import nn

    if hasattr(nn, "_transpose_spatial_inputs"):
        nn._transpose_spatial_inputs = change(nn._transpose_spatial_inputs)


def walk(model: keras.Model, x: Any, written: Callable[[Any], Callable]) -> Any:
    """Call something for each layer of a network in turn, with what came out for those before it.

    Keras runs functional networks so, also with values that are no tensors, under a private name.
    A layer that is called twice is met twice.

    Args:
        model: a functional or sequential network.
        x: the input of the first layer.
        written: gives for a layer, network or function what is called in its place.

    Returns:
        What came out for the outputs of the network, in the structure of its output.
    """
    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            x = written(layer)(x)
        return x
    return model._run_through_graph(x, operation_fn=written)
