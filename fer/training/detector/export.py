"""The face detector's network as the ONNX file that the app runs."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer.training.export import quantize
from fer.training.to_onnx.write import write

_MOST = 64
"""Largest rounded weight, as in the layers that onnxruntime's tool rounds: 7 bits and a sign."""


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write a float32 detector as `fer.faces.detect.bundled.Bundled` runs it.

    The file takes frames as `fer.faces.detect.bundled.blocks` gives them. It holds weights in 16
    bit; onnxruntime converts them once, when it opens the file, so the app computes in 32 bit.

    Raises:
        ValueError: the network has a layer that cannot be written, or begins with another layer
            than a convolution of 3x3 pixels with stride 2.
    """
    write(model, path, channels_first=True, half=True, batch=1)
    file = onnx.load(str(path))
    take_blocks(file.graph)
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def take_blocks(graph: onnx.GraphProto) -> None:
    """Let a network take blocks of 2x2 pixels in bytes, instead of planes in float32.

    The first layer, 3x3 on three channels with stride 2, becomes one of 2x2 on the twelve values of
    a block. It computes the same. onnxruntime is slow where a layer has few channels.

    Args:
        graph: takes float32 (1, 3, H, W); it is changed in place, and takes uint8
            (1, H/2, W/2, 12) afterwards.

    Raises:
        ValueError: the first layer is another one.
    """
    name = graph.input[0].name
    first = next(node for node in graph.node if name in node.input)
    settings = {one.name: list(one.ints) for one in first.attribute}
    if first.op_type != "Conv" or settings["strides"] != [2, 2] or settings["pads"] != [1] * 4:
        raise ValueError("the first layer is no convolution of 3x3 pixels with stride 2")
    kernel = _taken(graph, first.input[1])
    # With zeros above and to the left, four rows and columns are two blocks each.
    kernel = np.pad(kernel, ((0, 0), (0, 0), (1, 0), (1, 0))).reshape(-1, 3, 2, 2, 2, 2)
    kernel = kernel.transpose(0, 3, 5, 1, 2, 4).reshape(-1, 12, 2, 2)
    graph.initializer.append(numpy_helper.from_array(kernel, first.input[1]))
    del first.attribute[:]
    first.attribute.append(helper.make_attribute("pads", [1, 1, 0, 0]))
    sides: list[str | int | None] = [1, "rows", "columns", 12]
    graph.input[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.UINT8, sides))
    first.input[0] = f"{name}_float"
    # A layer with bytes before it would be rounded by onnxruntime itself if it could, so they
    # are floats until `round_stem`.
    _prepend(
        graph,
        helper.make_node("Transpose", [name], [f"{name}_bytes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", [f"{name}_bytes"], [f"{name}_float"], "to_float", to=1),
    )


def round_stem(path: Path, frames: np.ndarray) -> None:
    """Round the layers before the first pooling to 8 bit.

    These layers take most of the time, because their maps are the largest. Rounding all the
    others, too, would save another tenth but lose one face in a hundred.

    Args:
        path: file that `write_onnx` has written; it is changed in place.
        frames: uint8 (N, rows, columns, 12), blocks of photographs whose largest values set the
            steps.
    """
    quantize(path, frames, batch=1, choose=_stem)
    file = onnx.load(str(path))
    round_first(file.graph, frames)
    _halve(file.graph)
    onnx.checker.check_model(file)
    onnx.save(file, str(path))


def round_first(graph: onnx.GraphProto, frames: np.ndarray) -> None:
    """Round the first layer to 8 bit; its input is whole numbers already.

    onnxruntime's tool would add a step that turns bytes into floats and back. Neighbouring pixels
    are alike, so that what rounding adds to one weight should be taken from those beside it. That
    takes the layer's mean error on the gallery from 0.008 to 0.003 (its largest answer is 17).

    Args:
        graph: written by `take_blocks`, its following layers rounded; it is changed in place.
        frames: uint8 (N, rows, columns, 12), blocks of photographs.
    """
    first = next(node for node in graph.node if node.op_type == "Conv")
    kernel, bias = (_taken(graph, name) for name in first.input[1:3])
    seen = frames[::10].astype(np.float64)
    windows = np.stack(
        [seen[:, :-1, :-1], seen[:, :-1, 1:], seen[:, 1:, :-1], seen[:, 1:, 1:]], axis=-1
    )[:, ::4, ::4].reshape(-1, kernel[0].size)
    moments = windows.T @ windows / len(windows)
    steps = np.abs(kernel).max(axis=(1, 2, 3)) / _MOST
    rows = [rounded(row, step, moments) for row, step in zip(_rows(kernel), steps, strict=True)]
    values = {
        "first_step": np.float32(1),
        "first_zero": np.uint8(0),
        "first_steps": steps.astype(np.float32),
        "first_kernel_8": np.array(rows, np.int8).reshape(kernel.shape),
        "first_zeros_8": np.zeros(len(kernel), np.int8),
        "first_bias_32": np.round(bias / steps).astype(np.int32),
        "first_zeros_32": np.zeros(len(kernel), np.int32),
    }
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in values.items())
    cast = next(node for node in graph.node if node.output[0] == first.input[0])
    graph.node.remove(cast)
    whole = helper.make_node(
        "DequantizeLinear", [cast.input[0], "first_step", "first_zero"], [first.input[0]]
    )
    transpose = next(node for node in graph.node if node.output[0] == cast.input[0])
    graph.node.remove(transpose)
    dequantized = [
        helper.make_node("DequantizeLinear", [stored, "first_steps", zeros], [name], axis=0)
        for stored, zeros, name in (
            ("first_kernel_8", "first_zeros_8", first.input[1]),
            ("first_bias_32", "first_zeros_32", first.input[2]),
        )
    ]
    _prepend(graph, transpose, whole, *dequantized)


def rounded(weights: np.ndarray, step: float, moments: np.ndarray) -> np.ndarray:
    """Round weights so that their sum over typical inputs stays as it was.

    Each weight is rounded to the nearest step; then single weights are moved by a step for as long
    as that lowers the mean squared error of the sum.

    Args:
        weights: float (n,). Those that are 0 stay 0.
        step: the size of a step.
        moments: float (n, n), the mean products of each two inputs.

    Returns:
        float (n,), whole numbers of steps, from -64 to 64.
    """
    whole = np.round(weights / step)
    while True:
        slope = moments @ (whole * step - weights)
        gains = np.stack([2 * sign * step * slope + step**2 * np.diag(moments) for sign in (-1, 1)])
        gains[:, weights == 0] = 0
        gains[0, whole <= -_MOST] = 0
        gains[1, whole >= _MOST] = 0
        sign, place = np.unravel_index(np.argmin(gains), gains.shape)
        if gains[sign, place] >= -1e-9:
            return whole
        whole[place] += (-1, 1)[sign]


def _rows(kernel: np.ndarray) -> np.ndarray:
    return kernel.reshape(len(kernel), -1)


def _taken(graph: onnx.GraphProto, name: str) -> np.ndarray:
    """Take a constant out of the graph, with the node that turns it into 32 bit, as float32."""
    for node in [node for node in graph.node if node.op_type == "Cast" and node.output[0] == name]:
        graph.node.remove(node)
        name = node.input[0]
    stored = next(one for one in graph.initializer if one.name == name)
    graph.initializer.remove(stored)
    return numpy_helper.to_array(stored).astype(np.float32)


def _prepend(graph: onnx.GraphProto, *nodes: onnx.NodeProto) -> None:
    rest = [*graph.node]
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


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
    _prepend(graph, *casts)
