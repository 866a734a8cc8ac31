"""Activations, which may be layers or functions."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
from keras import layers

from fer.training.to_onnx.graph import Graph, Tensor, UnknownLayerError

_PLAIN = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "selu": "Selu",
    "exponential": "Exp",
}
"""Activations that become one node without attributes, by their names in Keras."""


def activated(graph: Graph, x: Tensor, function: Callable | None) -> Tensor:
    """Write the activation that a layer has as an argument.

    Raises:
        UnknownLayerError: the activation cannot be written.
    """
    if function is None or function is keras.activations.linear:
        return x
    if isinstance(function, keras.Layer):
        return activation_layer(graph, function, x)
    name = getattr(function, "__name__", type(function).__name__)
    if name in _PLAIN:
        return Tensor(x.shape, graph.node(_PLAIN[name], [x.name]))
    match name:
        case "softmax" | "log_softmax":
            kind = "Softmax" if name == "softmax" else "LogSoftmax"
            return Tensor(x.shape, graph.node(kind, [x.name], axis=x.axis(-1)))
        case "relu6":
            return clipped(graph, x, 0.0, 6.0)
        case "leaky_relu":
            return Tensor(x.shape, graph.node("LeakyRelu", [x.name], alpha=0.2))
        case "elu":
            return Tensor(x.shape, graph.node("Elu", [x.name], alpha=1.0))
        case "hard_sigmoid":
            return Tensor(x.shape, graph.node("HardSigmoid", [x.name], alpha=1 / 6, beta=0.5))
        case "silu":
            return _times(graph, x, graph.node("Sigmoid", [x.name]))
        case "hard_silu":
            return _times(graph, x, graph.node("HardSigmoid", [x.name], alpha=1 / 6, beta=0.5))
        case "mish":
            return _times(graph, x, graph.node("Tanh", [graph.node("Softplus", [x.name])]))
        case "gelu":
            return _gelu(graph, x)
        case _:
            raise UnknownLayerError(f"the activation {name}")


def activation_layer(graph: Graph, layer: keras.Layer, x: Tensor) -> Tensor:
    """Write a layer that is only an activation.

    Raises:
        UnknownLayerError: the layer cannot be written.
    """
    match layer:
        case layers.Activation():
            return activated(graph, x, layer.activation)
        case layers.ReLU(threshold=0):
            slope, most = float(layer.negative_slope), layer.max_value
            if slope:
                x = Tensor(x.shape, graph.node("LeakyRelu", [x.name], alpha=slope))
            elif most is None:
                return Tensor(x.shape, graph.node("Relu", [x.name]))
            return x if most is None else clipped(graph, x, None if slope else 0.0, float(most))
        case layers.LeakyReLU():
            slope = float(layer.negative_slope)
            return Tensor(x.shape, graph.node("LeakyRelu", [x.name], alpha=slope))
        case layers.ELU():
            return Tensor(x.shape, graph.node("Elu", [x.name], alpha=float(layer.alpha)))
        case layers.PReLU():
            slopes = graph.constant(x.across(layer.get_weights()[0]))
            return Tensor(x.shape, graph.node("PRelu", [x.name, slopes]))
        case layers.Softmax() if isinstance(layer.axis, int):
            return Tensor(x.shape, graph.node("Softmax", [x.name], axis=x.axis(layer.axis)))
        case _:
            raise UnknownLayerError(f"the layer {layer.name!r} ({type(layer).__name__})")


def clipped(graph: Graph, x: Tensor, least: float | None, most: float | None) -> Tensor:
    """Write x with its values limited to the range from `least` to `most`; None means no limit."""
    limits = ["" if limit is None else graph.constant(limit) for limit in (least, most)]
    return Tensor(x.shape, graph.node("Clip", [x.name, *limits]))


def _times(graph: Graph, x: Tensor, gate: str) -> Tensor:
    return Tensor(x.shape, graph.node("Mul", [x.name, gate]))


def _gelu(graph: Graph, x: Tensor) -> Tensor:
    """Write x × 0.5 × (1 + erf(x / √2)), the form that Keras computes by default."""
    error = graph.node("Erf", [graph.node("Mul", [x.name, graph.constant(math.sqrt(0.5))])])
    gate = graph.node("Add", [error, graph.constant(1.0)])
    return _times(graph, x, graph.node("Mul", [gate, graph.constant(0.5)]))
