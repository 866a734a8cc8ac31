"""Small networks with their cards, written as files as `python -m fer convert` writes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from fer.emotions import AFFECTNET, CONTEMPT


def write_eight(folder: Path) -> Path:
    """Write a network with AffectNet's eight classes, which sees contempt in bright faces.

    Returns:
        The ONNX file. Black faces look neutral, white ones contemptuous.
    """
    size = 48 * 48
    weights = np.zeros((size, len(AFFECTNET)), np.float32)
    weights[:, AFFECTNET.index(CONTEMPT)] = 8 / size
    bias = np.zeros(len(AFFECTNET), np.float32)
    bias[AFFECTNET.index("neutral")] = 4
    float_ = TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["x"], ["flat"]),
            helper.make_node("Gemm", ["flat", "w", "b"], ["y"]),
        ],
        "eight",
        [helper.make_tensor_value_info("x", float_, [None, 48, 48, 1])],
        [helper.make_tensor_value_info("y", float_, [None, len(AFFECTNET)])],
        [
            helper.make_tensor("w", float_, weights.shape, weights.ravel()),
            helper.make_tensor("b", float_, bias.shape, bias),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "emotion.onnx"
    path.write_bytes(model.SerializeToString())
    card = {
        "format": 1,
        "name": "eight",
        "labels": list(AFFECTNET),
        "preprocessing": {
            "color": "grey",
            "width": 48,
            "height": 48,
            "layout": "NHWC",
            "normalization": {"kind": "scale", "scale": 1 / 255, "offset": 0.0},
        },
        "output": "logits",
        "temperature": 1.0,
    }
    path.with_suffix(".json").write_text(json.dumps(card))
    return path
