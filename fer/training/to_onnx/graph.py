"""The ONNX graph that is being written, and the tensors in it.

Keras keeps the channels of feature maps last, but onnxruntime computes with channels first. So
every tensor with four axes is stored as (batch, channels, height, width), from the first layer to
the last, while `Tensor.shape` still gives its shape in the order of Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 15
IR_VERSION = 8
"""Versions of 2021, so that older versions of onnxruntime can read the files, too."""

MAPS = 4
"""Number of axes of feature maps, including that of the batch."""

_FIRST, _LAST = (0, 3, 1, 2), (0, 2, 3, 1)


class UnknownLayerError(ValueError):
    """This package cannot write a layer, or not in this form."""


class Graph:
    """The nodes and constants that have been written so far.

    Args:
        half: whether kernels and biases are stored in 16 bits. onnxruntime turns them into 32 bits
            once, when it opens the file.
    """

    def __init__(self, half: bool = False) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._half = half

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node with one output, and return the name of that output."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: Any, dtype: type = np.float32) -> str:
        """Add a constant, and return its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def weights(self, values: np.ndarray) -> str:
        """Add a float32 kernel or bias, and return its name."""
        if self._half:
            return self.node("Cast", [self.constant(values, np.float16)], to=TensorProto.FLOAT)
        return self.constant(values)

    def in_keras_order(self, tensor: Tensor) -> str:
        """Returns the name of the tensor with its axes in the order of Keras, channels last."""
        if len(tensor.shape) != MAPS:
            return tensor.name
        return self.node("Transpose", [tensor.name], perm=_LAST)

    def from_keras_order(self, name: str, shape: tuple) -> Tensor:
        """Returns the tensor for a node's output whose axes are in the order of Keras.

        Args:
            name: the name of the output.
            shape: its shape.
        """
        if len(shape) == MAPS:
            name = self.node("Transpose", [name], perm=_FIRST)
        return Tensor(shape, name)


class Tensor:
    """A tensor in the graph.

    Attributes:
        shape: its shape in the order of Keras, with the batch first; None for unknown sizes.
        name: its name in the graph. Feature maps are stored with their channels first.
    """

    def __init__(self, shape: Sequence[int | None], name: str) -> None:
        self.shape = tuple(shape)
        self.name = name

    def axis(self, axis: int) -> int:
        """Returns the stored position of an axis that is given in the order of Keras."""
        axis %= len(self.shape)
        return _FIRST.index(axis) if len(self.shape) == MAPS else axis

    def across(self, values: Any) -> np.ndarray:
        """Returns a constant, given in the order of Keras, so that it broadcasts with this tensor.

        The result is float32.
        """
        values = np.asarray(values, np.float32)
        if len(self.shape) != MAPS or not values.ndim:
            return values
        values = values.reshape((1,) * (MAPS - values.ndim) + values.shape)
        return values.transpose(_FIRST)


class Lazy(Tensor):
    """A tensor that is only written when something reads its name.

    A convolution may take its `source` instead and do the same work at no cost.
    """

    def __init__(self, shape: Sequence[int | None], graph: Graph, source: Tensor) -> None:
        self.shape = tuple(shape)
        self.source = source
        self._graph = graph

    @cached_property
    def name(self) -> str:  # type: ignore[override]
        return self._written(self._graph)

    def _written(self, graph: Graph) -> str:
        raise NotImplementedError


class Scaled(Lazy):
    """The product of `source` and `factor`."""

    def __init__(self, graph: Graph, source: Tensor, factor: float) -> None:
        super().__init__(source.shape, graph, source)
        self.factor = factor

    def _written(self, graph: Graph) -> str:
        return graph.node("Mul", [self.source.name, graph.constant(self.factor)])


class Padded(Lazy):
    """Feature maps with zeros around them; `pads` are top, left, bottom and right."""

    def __init__(
        self, shape: Sequence[int | None], graph: Graph, source: Tensor, pads: Sequence[int]
    ) -> None:
        super().__init__(shape, graph, source)
        self.pads = tuple(pads)

    def _written(self, graph: Graph) -> str:
        top, left, bottom, right = self.pads
        around = graph.constant([0, 0, top, left, 0, 0, bottom, right], np.int64)
        return graph.node("Pad", [self.source.name, around])


class Linear(Lazy):
    """A convolution that a batch norm after it can still change.

    Args:
        shape: the shape of its output.
        graph: the graph to which it will be written.
        source: its input.
        kernel: float (outputs, inputs of a group, height, width).
        bias: float (outputs,), or None.
        options: the attributes of its node.
    """

    def __init__(
        self,
        shape: Sequence[int | None],
        graph: Graph,
        source: Tensor,
        kernel: np.ndarray,
        bias: np.ndarray | None,
        options: dict[str, Any],
    ) -> None:
        super().__init__(shape, graph, source)
        self._kernel, self._bias, self._options = kernel, bias, options

    def then(self, scale: np.ndarray, shift: np.ndarray) -> Linear:
        """Returns the convolution whose output is `scale` × this one's + `shift`, by channel."""
        bias = shift if self._bias is None else self._bias * scale + shift
        kernel = self._kernel * scale[:, None, None, None]
        return Linear(self.shape, self._graph, self.source, kernel, bias, self._options)

    def _written(self, graph: Graph) -> str:
        inputs = [self.source.name, graph.weights(self._kernel)]
        if self._bias is not None:
            inputs.append(graph.weights(self._bias))
        return graph.node("Conv", inputs, **self._options)
