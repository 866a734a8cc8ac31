"""Turns a trained Keras network into the ONNX file that the app runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers

from fer.errors import ModelError
from fer.training.compat import layer_before
from fer.training.emotion.votes import VOTE_OF_EMOTION
from fer.training.to_onnx.graph import UnknownLayerError
from fer.training.to_onnx.write import write

_LINEAR = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)


HEADS = ("reading", "emotion", "votes")
"""Outputs of a network that has learned votes, in the order of its ONNX file.

The app reads the first one."""


def deployable(model: keras.Model, size: int, vote_share: float | None = None) -> keras.Model:
    """A float32 copy of a network with a fixed size of its input and without batch norms.

    Each batch norm is folded into the layer before it. With a vote share a, the network gets one
    more head, the reading: (1 - a) × emotion + a × votes, where the classes of the vote head are
    put into our order and contempt is left out. Both heads are linear, so this sum is one small
    linear layer.

    Args:
        model: flat functional network. One that holds another network (`keras.applications`) is
            only reduced to its emotion head, and has to be float32 already.
        size: height and width of the faces in pixels.
        vote_share: a, from 0 to 1; None adds no reading.

    Returns:
        Network with the outputs `HEADS`, or [emotion] or [emotion, votes] without a vote share.
    """
    if any(isinstance(layer, keras.Model) for layer in model.layers):
        return keras.Model(model.inputs, [model.output["emotion"]])
    followed = norms(model)

    def clone(layer):
        if isinstance(layer, layers.BatchNormalization):
            return layers.Identity(name=layer.name, dtype="float32")
        config = layer.get_config() | {"dtype": "float32"}
        if layer.name in followed:
            config["use_bias"] = True
        return type(layer).from_config(config)

    def call(layer, *inputs, mask=None, **options):
        return layer(*inputs, **options)  # batch norms are passed a mask, which Identity lacks

    copy = keras.models.clone_model(
        model,
        input_tensors=keras.Input((size, size, model.input_shape[-1]), name="face"),
        clone_function=clone,
        call_function=call,
    )
    for layer in model.layers:
        if layer.name in followed:
            copy.get_layer(layer.name).set_weights(folded(layer, followed[layer.name]))
        elif not isinstance(layer, layers.BatchNormalization) and layer.trainable_weights:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    heads = [name for name in HEADS if name in model.output_names]
    outputs = [copy.get_layer(name).output for name in heads]
    if vote_share is not None:
        ours, theirs = (copy.get_layer(name) for name in ("emotion", "votes"))
        reading = layers.Dense(ours.units, dtype="float32", name="reading")
        outputs.insert(0, reading(ours.input))
        reading.set_weights(
            [
                (1 - vote_share) * a + vote_share * b[..., list(VOTE_OF_EMOTION)]
                for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True)
            ]
        )
    return keras.Model(copy.inputs, outputs)


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write a float32 network as one ONNX file that takes any number of faces at once.

    Networks with a layer that `fer.training.to_onnx` does not know are written by Keras, which can
    do that with TensorFlow and torch. No network that `train.py` makes needs it.

    Raises:
        ModelError: neither can write it; the message names the layer.
    """
    try:
        write(model, path)
    except UnknownLayerError as unknown:
        signature = [
            keras.InputSpec(
                shape=(None, *model.input_shape[1:]), dtype="float32", name=model.inputs[0].name
            )
        ]
        try:
            model.export(str(path), format="onnx", verbose=False, input_signature=signature)
            graph = onnx.load(str(path))
            onnx.checker.check_model(graph)
        except Exception as error:  # each backend's exporter raises errors of its own
            raise ModelError(
                f"{unknown} cannot be written as ONNX by this project, and not by Keras with "
                f"{keras.backend.backend()} either; try KERAS_BACKEND=tensorflow"
            ) from error
        # Some backends put large weights into a second file; the app reads one file.
        onnx.save(graph, str(path), save_as_external_data=False)
        Path(f"{path}.data").unlink(missing_ok=True)


def quantize(
    path: Path,
    samples: np.ndarray,
    *,
    batch: int = 64,
    choose: Callable[[onnx.GraphProto], list[str]] | None = None,
) -> None:
    """Round a network to 8 bit in place: a quarter of the size, about three times as fast.

    This is static quantisation by onnxruntime's tool. Kernels are scaled by channel, feature maps
    by their range on sample inputs. Kernels use 7 of the 8 bits, because processors without VNNI
    add pairs of products in 16 bit, and more would overflow.

    Args:
        path: ONNX file with float32 weights.
        samples: float32 or uint8 (N, ...), inputs as the network takes them; a few hundred faces
            or some dozens of photographs are enough.
        batch: number of inputs that are given to the network at once.
        choose: takes the graph and returns the names of the nodes to round; None rounds all that
            can be.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    taken = onnx.load(str(path)).graph.input[0]
    kind = onnx.helper.tensor_dtype_to_np_dtype(taken.type.tensor_type.elem_type)

    class Samples(quantization.CalibrationDataReader):
        def __init__(self):
            self._batches = (
                samples[at : at + batch].astype(kind, copy=False)
                for at in range(0, len(samples), batch)
            )

        def get_next(self) -> dict | None:
            inputs = next(self._batches, None)
            return None if inputs is None else {taken.name: inputs}

    with tempfile.TemporaryDirectory() as folder:
        tidy = Path(folder) / "tidy.onnx"
        quant_pre_process(str(path), str(tidy), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(tidy),
            str(path),
            Samples(),
            # Signed maps would run three times as slowly on x86.
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_quantize=choose(onnx.load(str(tidy)).graph) if choose else None,
        )


def norms(model: keras.Model) -> dict[str, layers.BatchNormalization]:
    """The batch norms of a network by the name of the layer that each follows.

    Raises:
        ValueError: a batch norm follows a layer that it cannot be folded into.
    """
    followed = {}
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            before = layer_before(layer)
            linear = getattr(before, "activation", None) is keras.activations.linear
            if type(before) not in _LINEAR or not linear:
                raise ValueError(f"batch norm {layer.name} does not follow a linear layer")
            followed[before.name] = layer
    return followed


def folded(layer, norm: layers.BatchNormalization) -> list[np.ndarray]:
    """Kernel and bias of a linear layer (see `norms`) with the batch norm after it folded in."""
    kernel, bias = (*layer.get_weights(), 0.0)[:2]
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    # A depthwise kernel has its channels before its last axis.
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    return [kernel * (scale[:, None] if depthwise else scale), beta + (bias - mean) * scale]
