"""The face detector's network as the ONNX file that the app runs."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer.training.export import quantize
from fer.training.to_onnx.write import write


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write a float32 detector as `fer.faces.detect.bundled.Bundled` runs it.

    The file takes float32 (1, 3, H, W) frames in the order B, G, R, 0..255. It holds weights in 16
    bit; onnxruntime converts them once, when it opens the file, so the app computes in 32 bit.

    Raises:
        ValueError: the network has a layer that cannot be written.
    """
    write(model, path, channels_first=True, half=True, batch=1)


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
