"""Functions of `keras.ops` that a functional network contains besides its layers.

`x + y` on Keras tensors is such a function, too. Keras keeps each as an object whose class is not
public, so it is recognised by the name of that class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from fer.training.to_onnx.graph import MAPS, Graph, Tensor

_ELEMENTWISE = {
    "Abs": "Abs",
    "Absolute": "Abs",
    "Exp": "Exp",
    "Log": "Log",
    "Negative": "Neg",
    "Relu": "Relu",
    "Sigmoid": "Sigmoid",
    "Sqrt": "Sqrt",
    "Tanh": "Tanh",
}
_TWO = {
    "Add": "Add",
    "Subtract": "Sub",
    "Multiply": "Mul",
    "Divide": "Div",
    "TrueDivide": "Div",
    "Maximum": "Max",
    "Minimum": "Min",
    "Power": "Pow",
    "Greater": "Greater",
    "Less": "Less",
}
_REDUCTIONS = {"Mean": "ReduceMean", "Sum": "ReduceSum", "Max": "ReduceMax", "Min": "ReduceMin"}


def operation(graph: Graph, function: Any, shape: tuple, args: list, kwargs: dict) -> Tensor | None:
    """Write one function; returns its output, or None if it cannot be written.

    Args:
        graph: the graph to write to.
        function: Keras's object for the function.
        shape: the shape of its output, in the order of Keras.
        args, kwargs: its arguments, which are `Tensor`s, arrays and numbers.
    """
    kind = type(function).__name__
    if kind in _TWO:
        return _of_two(graph, _TWO[kind], shape, *args, *kwargs.values())
    x = args[0] if args else next(iter(kwargs.values()))
    if kind == "Concatenate":
        return joined(graph, x, function.axis, shape)
    if kind == "Matmul" or not isinstance(x, Tensor):
        return _product(graph, shape, *args) if kind == "Matmul" else None
    if kind in _ELEMENTWISE:
        return Tensor(shape, graph.node(_ELEMENTWISE[kind], [x.name]))
    if kind in _REDUCTIONS:
        return reduced(graph, _REDUCTIONS[kind], x, function.axis, function.keepdims, shape)
    match kind:
        case "Square":
            return Tensor(shape, graph.node("Mul", [x.name, x.name]))
        case "Cast":
            return Tensor(shape, graph.node("Cast", [x.name], to=TensorProto.FLOAT))
        case "OnesLike":
            nothing = graph.node("Mul", [x.name, graph.constant(0.0)])
            return Tensor(shape, graph.node("Add", [nothing, graph.constant(1.0)]))
        case "Clip":
            limits = [graph.constant(float(n)) for n in (function.x_min, function.x_max)]
            return Tensor(shape, graph.node("Clip", [x.name, *limits]))
        case "Reshape":
            return reshaped(graph, x, shape)
        case "Transpose" if len(x.shape) != MAPS and function.axes:
            return Tensor(shape, graph.node("Transpose", [x.name], perm=list(function.axes)))
        case "GetItem":
            return _item(graph, x, args[1] if len(args) > 1 else kwargs["key"], shape)
    return None


def reduced(
    graph: Graph, kind: str, x: Tensor, axes: Any, keepdims: bool, shape: tuple
) -> Tensor | None:
    """Write a reduction over some axes; returns its output, or None if it cannot be written.

    Args:
        graph: the graph to write to.
        kind: the ONNX operation, such as "ReduceMean".
        x: its input.
        axes: one or more axes in the order of Keras.
        keepdims: whether these axes are kept with size 1.
        shape: the shape of its output, in the order of Keras.
    """
    if axes is None:
        return None
    axes = sorted(axis % len(x.shape) for axis in np.atleast_1d(axes))
    if 0 in axes:
        return None
    # Maps that lose other axes than height and width would keep the rest in the wrong order.
    in_place = len(x.shape) != MAPS or keepdims or axes == [1, 2]
    name = x.name if in_place else graph.in_keras_order(x)
    stored = sorted(x.axis(axis) for axis in axes) if in_place else axes
    if kind == "ReduceSum":  # takes its axes as an input
        over = graph.constant(stored, np.int64)
        return Tensor(shape, graph.node(kind, [name, over], keepdims=int(keepdims)))
    return Tensor(shape, graph.node(kind, [name], axes=stored, keepdims=int(keepdims)))


def reshaped(graph: Graph, x: Tensor, shape: tuple) -> Tensor | None:
    """Write x in another shape with the same batch axis; None if more than one size is unknown."""
    known = [side for side in shape[1:] if side is not None]
    if len(known) < len(shape) - 2:
        return None
    target = [0, *(-1 if side is None else side for side in shape[1:])]
    name = graph.node("Reshape", [graph.in_keras_order(x), graph.constant(target, np.int64)])
    return graph.from_keras_order(name, shape)


def joined(graph: Graph, parts: list[Tensor], axis: int, shape: tuple) -> Tensor:
    """Write the concatenation of tensors."""
    names = [part.name for part in parts]
    return Tensor(shape, graph.node("Concat", names, axis=parts[0].axis(axis)))


def _of_two(graph: Graph, kind: str, shape: tuple, a: Any, b: Any) -> Tensor | None:
    result = Tensor(shape, "")
    names = []
    for value in (a, b):
        if not isinstance(value, Tensor):
            names.append(graph.constant(result.across(value)))
        elif len(value.shape) in (0, len(shape)) or MAPS not in (len(shape), len(value.shape)):
            names.append(value.name)
        else:
            return None
    return Tensor(shape, graph.node(kind, names))


def _product(graph: Graph, shape: tuple, a: Any, b: Any) -> Tensor | None:
    ranks = [len(value.shape) for value in (a, b)]
    if max(ranks) >= MAPS:
        return None
    names = [value.name if isinstance(value, Tensor) else graph.constant(value) for value in (a, b)]
    return Tensor(shape, graph.node("MatMul", names))


def _item(graph: Graph, x: Tensor, key: Any, shape: tuple) -> Tensor | None:
    """Write slices with step 1 and new axes, such as x[:, 1:-1] and x[:, None]."""
    keys = key if isinstance(key, tuple) else (key,)
    if MAPS in (len(x.shape), len(shape)):
        return None
    name, axis, new, bounds = x.name, 0, [], []
    for place, part in enumerate(keys):
        if part is None:
            new.append(place)
            continue
        if not isinstance(part, slice) or part.step not in (None, 1):
            return None
        if part.start is not None or part.stop is not None:
            stop = np.iinfo(np.int64).max if part.stop is None else part.stop
            bounds.append((part.start or 0, stop, axis))
        axis += 1
    if bounds:
        limits = [graph.constant(values, np.int64) for values in zip(*bounds, strict=True)]
        name = graph.node("Slice", [name, *limits])
    if new:
        name = graph.node("Unsqueeze", [name, graph.constant(new, np.int64)])
    return Tensor(shape, name)
