"""What the output of a network means, read from the last nodes of its ONNX file."""

from __future__ import annotations

import onnx

from fer.errors import ModelError

_PROBABILITIES = {"Softmax", "Sigmoid", "HardSigmoid"}
_LOGITS = {"LogSoftmax", "Gemm", "MatMul", "Conv", "BatchNormalization"}

_KEEPING = {
    *("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Dropout"),
    *("Clip", "Concat", "Add", "Sub", "Mul", "Div", "Mean", "Sum"),
    *("ReduceMean", "GlobalAveragePool", "AveragePool"),
}
"""Nodes whose output means what their inputs mean, such as the mean of several networks."""


def output_kind(graph: onnx.GraphProto) -> str:
    """ "probabilities" or "logits", as a model's card has it.

    A sigmoid gives each class a probability of its own. The app divides them by their sum, since
    a face has one expression; the largest stays the largest.

    Raises:
        ModelError: the last activation gives neither.
    """
    makers = {name: node for node in graph.node for name in node.output}
    kinds: set[str] = set()
    names = [graph.output[0].name]
    while names:
        node = makers.get(names.pop())
        if node is None:  # a constant
            continue
        if node.op_type in _KEEPING:
            names += node.input
        elif node.op_type in _PROBABILITIES:
            kinds.add("probabilities")
        elif node.op_type in _LOGITS:
            kinds.add("logits")
        elif node.op_type != "Constant":
            kinds.add(f"the output of {node.op_type}")
    if len(kinds) != 1 or not kinds <= {"probabilities", "logits"}:
        raise ModelError(
            f"its last layers give {' and '.join(sorted(kinds)) or 'nothing'}; expected a softmax, "
            "sigmoids, or no activation. Build it with one of these at the end, load the same "
            "weights and save it"
        )
    return kinds.pop()
