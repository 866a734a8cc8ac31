"""Writes a Keras network as an ONNX file, layer by layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers
from onnx import TensorProto, helper

from fer.training.compat import walk
from fer.training.to_onnx.activations import activated, activation_layer
from fer.training.to_onnx.graph import (
    IR_VERSION,
    MAPS,
    OPSET,
    Graph,
    Tensor,
    UnknownLayerError,
)
from fer.training.to_onnx.maps import LAYERS, batch_norm, map_layer, scaled
from fer.training.to_onnx.operations import joined, operation, reduced, reshaped

_NOTHING = (
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.AlphaDropout,
    layers.ActivityRegularization,
    layers.Identity,
    layers.RandomFlip,
    layers.RandomRotation,
    layers.RandomZoom,
    layers.RandomTranslation,
    layers.RandomContrast,
    layers.RandomBrightness,
)
"""Layers that only act in training."""

_ACTIVATIONS = (
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.PReLU,
    layers.Softmax,
)

_MERGES = {
    layers.Add: "Add",
    layers.Subtract: "Sub",
    layers.Multiply: "Mul",
    layers.Maximum: "Max",
    layers.Minimum: "Min",
}

_POOLS = {
    layers.GlobalAveragePooling1D: "ReduceMean",
    layers.GlobalMaxPooling1D: "ReduceMax",
    layers.GlobalAveragePooling2D: "ReduceMean",
    layers.GlobalMaxPooling2D: "ReduceMax",
}


def write(
    model: keras.Model,
    path: Path,
    *,
    channels_first: bool = False,
    half: bool = False,
    batch: str | int = "faces",
) -> None:
    """Write a float32 network with one input as one ONNX file.

    Layers that only act in training are left out. The input keeps its name. If the network's output
    is a dictionary, its keys become the names of the outputs; otherwise they are output_0,
    output_1, ...

    Args:
        model: a functional or sequential network, which may contain other networks.
        path: the file to write.
        channels_first: whether the file takes maps as (batch, channels, height, width) instead of
            with their channels last, as in Keras.
        half: whether kernels and biases are stored in 16 bits.
        batch: the size of the batch, or a name for its axis if any size will do.

    Raises:
        UnknownLayerError: the network has a layer that cannot be written; the message names it.
    """
    graph = Graph(half)
    taken, name = model.inputs[0], model.inputs[0].name
    x = Tensor(taken.shape, name)
    if len(taken.shape) == MAPS and not channels_first:
        x = graph.from_keras_order(name, taken.shape)
    answers = walk(model, x, lambda layer: lambda *args, **kw: _written(graph, layer, args, kw))
    flat = keras.tree.flatten(answers)
    # A dictionary keeps its order here, but Keras' tree would sort it.
    named = answers if isinstance(answers, dict) else {f"output_{n}": t for n, t in enumerate(flat)}
    outputs = []
    for output, tensor in named.items():
        last = graph.in_keras_order(tensor)
        graph.nodes.append(helper.make_node("Identity", [last], [output], name=f"to_{output}"))
        sides = [batch, *(s or f"{output}_{n}" for n, s in enumerate(tensor.shape[1:], 1))]
        outputs.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, sides))
    sides = [batch, *(s or f"side_{n}" for n, s in enumerate(taken.shape[1:], 1))]
    if channels_first:
        sides = [sides[0], sides[3], *sides[1:3]]
    given = helper.make_tensor_value_info(name, TensorProto.FLOAT, sides)
    file = helper.make_model(
        helper.make_graph(graph.nodes, model.name, [given], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def _written(graph: Graph, layer: Any, args: tuple, kwargs: dict) -> Any:
    """Write one layer, function or nested network; returns its output or outputs as `Tensor`s."""
    if isinstance(layer, keras.Model):
        return walk(layer, args[0], lambda part: lambda *a, **kw: _written(graph, part, a, kw))
    if not isinstance(layer, keras.Layer):
        shape = _shape(layer, args, kwargs)
        tensor = operation(graph, layer, shape, list(args), kwargs)
    else:
        shape = _shape(layer, args, {})
        tensor = _layer(graph, layer, args[0], shape)
    if tensor is None:
        raise UnknownLayerError(f"the layer {layer.name!r} ({type(layer).__name__})")
    return tensor


def _shape(layer: Any, args: tuple, kwargs: dict) -> tuple:
    """Returns the shape of a layer's or function's output, in the order of Keras."""

    def symbolic(value: Any) -> Any:
        return keras.KerasTensor(value.shape, "float32") if isinstance(value, Tensor) else value

    args, kwargs = keras.tree.map_structure(symbolic, (args, kwargs))
    return tuple(layer.compute_output_spec(*args, **kwargs).shape)


def _layer(graph: Graph, layer: keras.Layer, x: Any, shape: tuple) -> Tensor | None:
    match layer:
        case _ if isinstance(layer, _NOTHING):
            return x
        case _ if isinstance(layer, _ACTIVATIONS):
            return activation_layer(graph, layer, x)
        case _ if isinstance(layer, LAYERS):
            return map_layer(graph, layer, x, shape)
        case _ if type(layer) in _POOLS:
            axes = (1, 2) if len(x.shape) == MAPS else (1,)
            return reduced(graph, _POOLS[type(layer)], x, axes, layer.keepdims, shape)
        case _ if type(layer) in _MERGES or isinstance(layer, layers.Average):
            return _merged(graph, layer, x, shape)
        case layers.Concatenate():
            return joined(graph, x, layer.axis, shape)
        case layers.BatchNormalization():
            return batch_norm(graph, layer, x)
        case layers.LayerNormalization():
            return _layer_norm(graph, layer, x)
        case layers.Rescaling():
            return scaled(graph, x, layer.scale, layer.offset)
        case layers.Normalization() if not layer.invert:
            mean, deviation = (np.asarray(v) for v in (layer.mean, np.sqrt(layer.variance)))
            scale = 1 / np.maximum(deviation, keras.config.epsilon())
            return scaled(graph, x, scale, -mean * scale)
        case layers.Dense():
            return _dense(graph, layer, x, shape)
        case layers.Flatten() | layers.Reshape():
            return reshaped(graph, x, shape)
        case layers.Permute() if len(x.shape) != MAPS:
            return Tensor(shape, graph.node("Transpose", [x.name], perm=[0, *layer.dims]))
    return None


def _merged(graph: Graph, layer: keras.Layer, parts: list[Tensor], shape: tuple) -> Tensor | None:
    if any(len(part.shape) != len(shape) for part in parts):
        return None
    name = parts[0].name
    for part in parts[1:]:
        name = graph.node(_MERGES.get(type(layer), "Add"), [name, part.name])
    if isinstance(layer, layers.Average):
        name = graph.node("Mul", [name, graph.constant(1 / len(parts))])
    return Tensor(shape, name)


def _dense(graph: Graph, layer: layers.Dense, x: Tensor, shape: tuple) -> Tensor:
    kernel, *bias = layer.get_weights()
    if len(x.shape) == 2:
        inputs = [x.name, graph.weights(kernel), *(graph.weights(values) for values in bias)]
        return activated(graph, Tensor(shape, graph.node("Gemm", inputs)), layer.activation)
    name = graph.node("MatMul", [graph.in_keras_order(x), graph.weights(kernel)])
    if bias:
        name = graph.node("Add", [name, graph.weights(bias[0])])
    return activated(graph, graph.from_keras_order(name, shape), layer.activation)


def _layer_norm(graph: Graph, layer: layers.LayerNormalization, x: Tensor) -> Tensor | None:
    axes = [axis % len(x.shape) for axis in np.atleast_1d(layer.axis)]
    if axes != [len(x.shape) - 1] or getattr(layer, "rms_scaling", False):
        return None
    weights = iter(layer.get_weights())
    stored = [x.axis(-1)]
    mean = graph.node("ReduceMean", [x.name], axes=stored)
    centred = graph.node("Sub", [x.name, mean])
    squares = graph.node("Mul", [centred, centred])
    variance = graph.node("ReduceMean", [squares], axes=stored)
    deviation = graph.node("Add", [variance, graph.constant(float(layer.epsilon))])
    name = graph.node("Div", [centred, graph.node("Sqrt", [deviation])])
    if layer.scale:
        name = graph.node("Mul", [name, graph.constant(x.across(next(weights)))])
    if layer.center:
        name = graph.node("Add", [name, graph.constant(x.across(next(weights)))])
    return Tensor(x.shape, name)
