"""Measures how large a network is and how long it takes."""

from __future__ import annotations

import math
import statistics
import time
from pathlib import Path

import onnx

from fer.faces.classify import EmotionClassifier


def size_figures(path: Path, card: dict) -> dict:
    """Measure the size of an ONNX file.

    Returns:
        `parameters`, `mmacs` (multiply-accumulates of one pass, in millions; None where unknown),
        `passes_a_face` and `model_mb` (megabytes).
    """
    known = card.get("size", {})
    model = onnx.load(str(path))
    floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    weights = [weight for weight in model.graph.initializer if weight.data_type in floats]
    counted = {
        "parameters": sum(math.prod(weight.dims) for weight in weights),
        "mmacs": multiply_accumulates(model),
    }
    # A file in 8 bit holds scales and offsets, too, and some files say their shapes only at run
    # time. For both the card has the right numbers.
    if card.get("bits", 32) < 32 or counted["mmacs"] is None:
        counted |= {key: known.get(key) for key in counted}
    return counted | {
        "passes_a_face": known.get("passes_a_face", 1),
        "model_mb": path.stat().st_size / 1e6,
    }


def multiply_accumulates(model: onnx.ModelProto) -> float | None:
    """Count the multiply-accumulates for one face, in millions, from the shapes in the file.

    Returns None if the shapes are known only at run time.
    """
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(model).graph
    weights = {weight.name: list(weight.dims) for weight in graph.initializer}
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.output)
    }
    total = 0
    for node in graph.node:
        kernel = next((weights[name] for name in node.input if name in weights), None)
        if kernel is None or node.op_type not in ("Conv", "Gemm", "MatMul"):
            continue
        places = 1
        if node.op_type == "Conv":
            shape = shapes.get(node.output[0], [])
            places = math.prod(shape[2:]) if len(shape) == 4 else 0
        if not places:
            return None
        total += math.prod(kernel) * places
    return total / 1e6


def speed_figures(classifier: EmotionClassifier, images, repeats: int = 15) -> dict:
    """Measure the median time for a face, preprocessing included, in milliseconds.

    Returns:
        `ms_per_face`, in batches of 25 faces, and `ms_single_face`, for one face alone.
    """

    def median(count: int) -> float:
        faces = list(images[:count])
        times = []
        for _ in range(repeats):
            begun = time.perf_counter()
            classifier.classify(faces)
            times.append(time.perf_counter() - begun)
        return statistics.median(times) * 1000 / count

    return {"ms_per_face": median(25), "ms_single_face": median(1)}
