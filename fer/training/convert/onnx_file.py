"""An ONNX file from elsewhere, such as of torch or of a SavedModel, as the app's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from fer.errors import ModelError
from fer.training import pixels


@dataclass(frozen=True)
class OnnxFile:
    """A network and what it takes.

    Attributes:
        model: the network.
        size: height and width of the faces in pixels.
        channels: 1 or 3.
        layout: "NHWC" or "NCHW", as a model's card has it.
        classes: number of outputs.
    """

    model: onnx.ModelProto
    size: int
    channels: int
    layout: str
    classes: int

    @classmethod
    def read(cls, path: Path) -> OnnxFile:
        """Read a file.

        Raises:
            ModelError: it cannot be read, or takes or gives something else than an emotion network.
        """
        try:
            model = onnx.load(str(path))
            onnx.checker.check_model(model)
            model = onnx.shape_inference.infer_shapes(model)
        except Exception as error:  # onnx and protobuf share no base class but Exception
            raise ModelError(f"{path}: no readable ONNX file: {error}") from error
        constants = {constant.name for constant in model.graph.initializer}
        inputs = [given for given in model.graph.input if given.name not in constants]
        shapes = [_shape(value) for value in (*inputs, *model.graph.output)]
        if len(shapes) != 2:
            raise ModelError(
                f"{path}: it has {len(inputs)} inputs and {len(model.graph.output)} outputs; "
                "expected one of each"
            )
        kind = inputs[0].type.tensor_type.elem_type
        if kind != onnx.TensorProto.FLOAT:
            raise ModelError(
                f"{path}: its input is {onnx.TensorProto.DataType.Name(kind).lower()}; expected "
                "32-bit floats. Write it again in 32 bit, in torch after `model.float()`"
            )
        taken, given = shapes
        layout = "NHWC" if taken[-1:] in ([1], [3]) else "NCHW"
        sides = taken[1:3] if layout == "NHWC" else taken[2:]
        channels = taken[3 if layout == "NHWC" else 1] if len(taken) == 4 else 0
        if channels not in (1, 3) or not sides[0] or sides[0] != sides[1]:
            raise ModelError(
                f"{path}: its input is {taken}; expected square faces of a fixed size, such as "
                "[None, 48, 48, 1] or [None, 3, 224, 224]"
            )
        if len(given) != 2 or not given[1]:
            raise ModelError(f"{path}: its output is {given}; expected one value a class")
        # However many faces it was written for: the app gives it as many as there are.
        for value in (inputs[0], *model.graph.output):
            value.type.tensor_type.shape.dim[0].dim_param = "faces"
        return cls(model, sides[0], channels, layout, given[1])

    def write(self, path: Path, imagenet: bool) -> None:
        """Write the network as one file.

        Args:
            path: where it is written.
            imagenet: whether it first subtracts the means of ImageNet from B, G and R.
        """
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        if imagenet:
            constants = {constant.name for constant in model.graph.initializer}
            taken = next(given for given in model.graph.input if given.name not in constants)
            means = np.array(pixels.IMAGENET_BGR, np.float32)
            means = means if self.layout == "NHWC" else means[:, None, None]
            model.graph.initializer.append(numpy_helper.from_array(means, "imagenet_means"))
            less = f"{taken.name}_less_means"
            for node in model.graph.node:
                node.input[:] = [less if name == taken.name else name for name in node.input]
            node = helper.make_node("Add", [taken.name, "imagenet_means"], [less])
            model.graph.node.insert(0, node)
        onnx.save(model, str(path), save_as_external_data=False)

    def answers(self, faces: np.ndarray) -> None:
        """Nothing to compare with: the file itself is what the app runs."""

    def parameters(self) -> int:
        """The number of weights."""
        return sum(int(np.prod(constant.dims)) for constant in self.model.graph.initializer)


def _shape(value: onnx.ValueInfoProto) -> list[int | None]:
    return [dim.dim_value or None for dim in value.type.tensor_type.shape.dim]
