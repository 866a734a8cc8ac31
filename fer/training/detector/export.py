"""Writes the face detector's network as an ONNX file, layer by layer.

The export of Keras writes feature maps with their channels last, and upsampling as five operations
that copy them. onnxruntime then converts every map to another layout and back. A file that is
written as here keeps one layout from the first convolution to the last.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers
from onnx import TensorProto, helper, numpy_helper

from fer.training.export import folded, norms, quantize

FRAME = "frame"
OPSET = 15
IR_VERSION = 8
"""The version of 2021, so that older versions of onnxruntime can read the file, too."""


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write a float32 detector as `fer.faces.detect.bundled.Bundled` runs it.

    The file takes float32 (1, 3, H, W) frames in the order B, G, R, 0..255. Each batch norm is
    folded into the convolution before it. The file holds weights in 16 bit; onnxruntime converts
    them once, when it opens the file, so the app computes in 32 bit.

    Raises:
        ValueError: the network has a layer of a kind that this module cannot write.
    """
    graph = _Graph(norms(model))
    for layer in model.layers:
        graph.add(layer)
    frame = helper.make_tensor_value_info(FRAME, TensorProto.FLOAT, [1, 3, "height", "width"])
    answers = helper.make_tensor_value_info(
        graph.name(model.output), TensorProto.FLOAT, [1, "places", model.output.shape[-1]]
    )
    file = helper.make_model(
        helper.make_graph(graph.nodes, "detector", [frame], [answers], graph.stored),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def round_stem(path: Path, frames: np.ndarray) -> None:
    """Round the layers before the first pooling, except for the first one, to 8 bit.

    These layers take most of the time, because their maps are the largest; rounding them saves a
    fifth of the whole. The first layer, with its three channels, would become slower. Rounding
    all the others, too, would save another tenth but lose one face in a hundred.

    Args:
        path: file that `write_onnx` has written; it is changed in place.
        frames: uint8 (N, 3, H, W) BGR, photographs whose largest values set the steps.
    """
    quantize(path, frames, batch=1, choose=_stem)
    file = onnx.load(str(path))
    _halve(file.graph)
    onnx.save(file, str(path))


def _stem(graph: onnx.GraphProto) -> list[str]:
    """List the nodes after the first convolution, up to and including the first pooling."""
    names = [node.name for node in graph.node]
    kinds = [node.op_type for node in graph.node]
    return names[kinds.index("Conv") + 1 : kinds.index("MaxPool") + 1]


def _halve(graph: onnx.GraphProto) -> None:
    """Store the weights of float convolutions in 16 bit again, as before onnxruntime's tool."""
    taken = {name for node in graph.node if node.op_type == "Conv" for name in node.input}
    casts = []
    for stored in graph.initializer:
        if stored.name in taken and stored.data_type == TensorProto.FLOAT:
            name = stored.name
            half = numpy_helper.to_array(stored).astype(np.float16)
            stored.CopyFrom(numpy_helper.from_array(half, f"{name}_16"))
            casts.append(helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


class _Graph:
    """The nodes and weights of the layers that have been added."""

    def __init__(self, norms: dict[str, layers.BatchNormalization]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []
        self._norms = norms
        self._names: dict[int, str] = {}
        self._scale = 1.0

    def name(self, tensor: keras.KerasTensor) -> str:
        """The name that a tensor of the network has in the file."""
        return self._names[id(tensor)]

    def add(self, layer: keras.Layer) -> None:
        """Write a layer; the layers before it must have been written."""
        self._names[id(layer.output)] = self._written(layer)

    def _written(self, layer: keras.Layer) -> str:
        """Write a layer and return the name of its output."""
        match layer:
            case layers.InputLayer():
                return FRAME
            # The convolution that follows or precedes these layers does their work.
            case layers.Rescaling(offset=0):
                self._scale = layer.scale
                return self.name(layer.input)
            case layers.ZeroPadding2D() | layers.BatchNormalization():
                return self.name(layer.input)
            case layers.DepthwiseConv2D():
                return self._convolution(layer, (2, 3, 0, 1), groups=layer.input.shape[-1])
            case layers.Conv2D():
                return self._convolution(layer, (3, 2, 0, 1), groups=1)
            case layers.ReLU():
                return self._node("Relu", self._inputs(layer))
            case layers.Add():
                return self._node("Add", self._inputs(layer))
            case layers.MaxPooling2D():
                sides = list(layer.pool_size)
                return self._node("MaxPool", self._inputs(layer), kernel_shape=sides, strides=sides)
            case layers.UpSampling2D(interpolation="nearest"):
                scales = self._constant(np.array([1, 1, *layer.size], np.float32))
                return self._node(
                    "Resize",
                    [*self._inputs(layer), "", scales],
                    mode="nearest",
                    coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )
            case layers.Concatenate():
                # Channels come second in maps here; lists of places look as they do in Keras.
                return self._node("Concat", self._inputs(layer), axis=1)
            case layers.Reshape():
                last = self._node("Transpose", self._inputs(layer), perm=[0, 2, 3, 1])
                shape = self._constant(np.array([1, *layer.target_shape], np.int64))
                return self._node("Reshape", [last, shape])
            case _:
                raise ValueError(f"no way is known to write {type(layer).__name__} as ONNX")

    def _inputs(self, layer: keras.Layer) -> list[str]:
        return [self.name(tensor) for tensor in keras.tree.flatten(layer.input)]

    def _convolution(self, layer: keras.Layer, axes: tuple[int, ...], groups: int) -> str:
        """Write a convolution with its batch norm, if it has one.

        Args:
            layer: the convolution.
            axes: order of the kernel's axes for ONNX, which has (out, in, height, width).
            groups: number of groups of channels.
        """
        norm = self._norms.get(layer.name)
        kernel, bias = layer.get_weights() if norm is None else folded(layer, norm)
        kernel = kernel.transpose(axes)
        if self.name(layer.input) == FRAME:
            kernel = kernel * self._scale
        maps = self._node(
            "Conv",
            [self.name(layer.input), self._weights(kernel), self._weights(bias)],
            strides=list(layer.strides),
            # All convolutions of this network pad by half of their kernel, some in a layer before.
            pads=[kernel.shape[-1] // 2] * 4,
            group=groups,
        )
        if layer.activation is keras.activations.sigmoid:
            maps = self._node("Sigmoid", [maps])
        return maps

    def _weights(self, values: np.ndarray) -> str:
        return self._node("Cast", [self._constant(values.astype(np.float16))], to=TensorProto.FLOAT)

    def _constant(self, values: np.ndarray) -> str:
        name = f"c{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(values, name))
        return name

    def _node(self, kind: str, inputs: list[str], **attributes) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name
