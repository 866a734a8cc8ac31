"""Layers that work on feature maps: convolution, pooling, padding, resizing."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from fer.training.to_onnx.activations import activated
from fer.training.to_onnx.graph import MAPS, Graph, Linear, Padded, Scaled, Tensor

LAYERS = (
    layers.Conv1D,
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.SeparableConv2D,
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
    layers.ZeroPadding2D,
    layers.Cropping2D,
    layers.UpSampling2D,
)


def map_layer(graph: Graph, layer: keras.Layer, x: Tensor, shape: tuple) -> Tensor | None:
    """Write one of `LAYERS`; returns its output, or None if it cannot be written in this form.

    Args:
        graph: the graph to write to.
        layer: the layer.
        x: its input.
        shape: the shape of its output, in the order of Keras.
    """
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return None
    match layer:
        case layers.Conv1D() | layers.MaxPooling1D():
            return _one_row(graph, layer, x, shape)
        case layers.SeparableConv2D():
            return _separable(graph, layer, x, shape)
        case layers.DepthwiseConv2D():
            kernel, bias = _weights(layer)
            out = _convolution(graph, layer, x, shape, _depthwise(kernel), bias, x.shape[-1] or 1)
            return activated(graph, out, layer.activation)
        case layers.Conv2D():
            kernel, bias = _weights(layer)
            kernel = kernel.transpose(3, 2, 0, 1)
            out = _convolution(graph, layer, x, shape, kernel, bias, layer.groups)
            return activated(graph, out, layer.activation)
        case layers.MaxPooling2D() | layers.AveragePooling2D():
            kind = "MaxPool" if isinstance(layer, layers.MaxPooling2D) else "AveragePool"
            return Tensor(shape, _pool(graph, kind, layer, x.name, x.shape[1:3]))
        case layers.ZeroPadding2D():
            (top, bottom), (left, right) = layer.padding
            return Padded(shape, graph, x, (top, left, bottom, right))
        case layers.Cropping2D():
            (top, bottom), (left, right) = layer.cropping
            starts = graph.constant([top, left], np.int64)
            ends = graph.constant([-n or np.iinfo(np.int64).max for n in (bottom, right)], np.int64)
            axes = graph.constant([2, 3], np.int64)
            return Tensor(shape, graph.node("Slice", [x.name, starts, ends, axes]))
        case layers.UpSampling2D(interpolation="nearest" | "bilinear"):
            nearest = layer.interpolation == "nearest"
            how: dict[str, Any] = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
            if nearest:
                how = {"mode": "nearest", "nearest_mode": "floor"}
                how["coordinate_transformation_mode"] = "asymmetric"
            scales = graph.constant([1, 1, *layer.size])
            return Tensor(shape, graph.node("Resize", [x.name, "", scales], **how))
    return None


def _weights(layer: keras.Layer) -> tuple[np.ndarray, np.ndarray | None]:
    kernel, *bias = layer.get_weights()
    return kernel, bias[0] if bias else None


def _depthwise(kernel: np.ndarray) -> np.ndarray:
    """Turn a kernel (height, width, inputs, multiplier) into (inputs × multiplier, 1, h, w)."""
    kernel = kernel.transpose(2, 3, 0, 1)
    return kernel.reshape(-1, 1, *kernel.shape[2:])


def _convolution(
    graph: Graph,
    layer: keras.Layer,
    x: Tensor,
    shape: tuple,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    groups: int,
) -> Tensor:
    """Write a convolution that also does the padding and scaling before it."""
    padded: tuple[int, ...] | None = None
    if layer.padding == "valid" and isinstance(x, Padded):
        padded, x = x.pads, x.source
    if isinstance(x, Scaled):
        kernel, x = kernel * np.float32(x.factor), x.source
    pads = _padding(layer, kernel.shape[2:], x.shape[1:3])
    options = {
        **({"pads": list(padded)} if padded else pads),
        "strides": list(layer.strides),
        "dilations": list(layer.dilation_rate),
        "group": groups,
    }
    return Linear(shape, graph, x, kernel, bias, options)


def _padding(layer: keras.Layer, window: tuple, size: tuple) -> dict[str, Any]:
    """Returns the padding of a convolution or pooling, as attributes of its node."""
    if layer.padding == "valid":
        return {}
    dilation = getattr(layer, "dilation_rate", (1, 1))
    before, after = [], []
    reaches = [(n - 1) * gap + 1 for n, gap in zip(window, dilation, strict=True)]
    for reach, stride, side in zip(reaches, layer.strides, size, strict=True):
        if stride == 1:
            lacking = reach - 1
        elif side is None:
            return {"auto_pad": "SAME_UPPER"}
        else:
            lacking = max(0, (-(-side // stride) - 1) * stride + reach - side)
        before.append(lacking // 2)
        after.append(lacking - lacking // 2)
    return {"pads": before + after}


def _pool(graph: Graph, kind: str, layer: keras.Layer, name: str, size: tuple) -> str:
    return graph.node(
        kind,
        [name],
        kernel_shape=list(layer.pool_size),
        strides=list(layer.strides),
        **_padding(layer, layer.pool_size, size),
    )


def _separable(graph: Graph, layer: keras.Layer, x: Tensor, shape: tuple) -> Tensor:
    depthwise, pointwise, *bias = layer.get_weights()
    between = (*shape[:-1], depthwise.shape[2] * depthwise.shape[3])
    middle = _convolution(graph, layer, x, between, _depthwise(depthwise), None, x.shape[-1] or 1)
    kernel = pointwise.transpose(3, 2, 0, 1)
    out = Linear(shape, graph, middle, kernel, bias[0] if bias else None, {})
    return activated(graph, out, layer.activation)


def _one_row(graph: Graph, layer: keras.Layer, x: Tensor, shape: tuple) -> Tensor | None:
    """Write a layer over time, (batch, time, channels), as one over maps with a single row."""
    if layer.padding not in ("same", "valid"):
        return None
    row = graph.node("Transpose", [x.name], perm=[0, 2, 1])
    row = graph.node("Unsqueeze", [row, graph.constant([2], np.int64)])
    maps = (x.shape[0], 1, x.shape[1], x.shape[2])
    wide = _Wide(layer)
    if isinstance(layer, layers.Conv1D):
        kernel, bias = _weights(layer)
        kernel = kernel[None].transpose(3, 2, 0, 1)
        out = _convolution(
            graph, wide, Tensor(maps, row), (*maps[:2], *shape[1:]), kernel, bias, layer.groups
        ).name
    else:
        out = _pool(graph, "MaxPool", wide, row, maps[1:3])
    out = graph.node("Squeeze", [out, graph.constant([2], np.int64)])
    out = graph.node("Transpose", [out], perm=[0, 2, 1])
    return activated(graph, Tensor(shape, out), getattr(layer, "activation", None))


class _Wide:
    """The options of a layer over time, as those of a layer over maps with a single row."""

    def __init__(self, layer: keras.Layer) -> None:
        self.padding = layer.padding
        self.strides = (1, *layer.strides)
        self.dilation_rate = (1, *getattr(layer, "dilation_rate", (1,)))
        self.pool_size = (1, *getattr(layer, "pool_size", (1,)))


def batch_norm(graph: Graph, layer: layers.BatchNormalization, x: Tensor) -> Tensor | None:
    """Write a batch norm, as part of the convolution before it if there is one."""
    if layer.axis % len(x.shape) != len(x.shape) - 1:
        return None
    weights = iter(layer.get_weights())
    gamma = next(weights) if layer.scale else 1.0
    beta = next(weights) if layer.center else 0.0
    mean, variance = weights
    scale = gamma / np.sqrt(variance + layer.epsilon)
    shift = beta - mean * scale
    if isinstance(x, Linear) and len(x.shape) == MAPS:
        return x.then(scale, shift)
    return scaled(graph, x, scale, shift)


def scaled(graph: Graph, x: Tensor, scale: Any, shift: Any) -> Tensor:
    """Write `scale` × x + `shift`, which are both constants in the order of Keras."""
    if np.ndim(scale) == 0 and not np.any(shift):
        return Scaled(graph, x, float(scale))
    name = graph.node("Mul", [x.name, graph.constant(x.across(scale))])
    return Tensor(x.shape, graph.node("Add", [name, graph.constant(x.across(shift))]))
