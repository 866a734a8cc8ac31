"""From a trained Keras network to the pair that the app runs: ONNX and card."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers

from .data import VOTE_OF_EMOTION

CARD_FORMAT = 1


def deployable(model: keras.Model, size: int, vote_share: float = 0.0) -> keras.Model:
    """A float32 copy of a `mood` network for a fixed input, without batch norms.

    Each batch norm is folded into the convolution before it. With vote_share a,
    the emotion head becomes (1 - a) × emotion + a × votes (the vote head's
    classes brought to ours): both are linear, so the sum is one linear layer and
    costs nothing. Outputs: list [emotion logits, vote logits].
    """
    followed = _norms_after(model)

    def clone(layer):
        config = layer.get_config()
        config["dtype"] = "float32"
        if layer.name in followed:
            config["use_bias"] = True
        if isinstance(layer, layers.BatchNormalization):
            return layers.Identity(name=layer.name, dtype="float32")
        return type(layer).from_config(config)

    def call(layer, *inputs, mask=None, **options):
        return layer(*inputs, **options)  # the graph passes batch norms a mask, Identity has none

    copy = keras.models.clone_model(
        model,
        input_tensors=keras.Input((size, size, model.input_shape[-1]), name="face"),
        clone_function=clone,
        call_function=call,
    )
    for layer in model.layers:
        twin = copy.get_layer(layer.name)
        if layer.name in followed:
            twin.set_weights(_folded(layer, followed[layer.name]))
        elif isinstance(layer, (layers.Dense, layers.Conv2D)):
            twin.set_weights(layer.get_weights())
    if vote_share:
        emotion, votes = (copy.get_layer(name).get_weights() for name in ("emotion", "votes"))
        copy.get_layer("emotion").set_weights(
            [
                (1 - vote_share) * ours + vote_share * theirs[..., list(VOTE_OF_EMOTION)]
                for ours, theirs in zip(emotion, votes, strict=True)
            ]
        )
    return keras.Model(copy.inputs, [copy.get_layer(n).output for n in sorted(model.output_names)])


def _norms_after(model: keras.Model) -> dict[str, layers.BatchNormalization]:
    """Batch norms by the name of the bias-free convolution that each follows."""
    found = {}
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            before = layer.input._keras_history.operation
            if type(before) is layers.Conv2D and not before.use_bias:
                found[before.name] = layer
                continue
            raise ValueError(f"batch norm {layer.name} does not follow a convolution without bias")
    return found


def _folded(convolution, norm) -> list[np.ndarray]:
    kernel = convolution.get_weights()[0]
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return [kernel * scale, beta - mean * scale]


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write `model` (float32) as one ONNX file with a free batch axis.

    Outputs are named after the model's, first output first.
    """
    signature = [
        keras.InputSpec(shape=(None, *model.input_shape[1:]), dtype="float32", name="face")
    ]
    model.export(str(path), format="onnx", verbose=False, input_signature=signature)
    graph = onnx.load(str(path))
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path), save_as_external_data=False)
    Path(f"{path}.data").unlink(missing_ok=True)


def write_card(path: Path, card: dict) -> None:
    """Write the card beside the network; keys as fer.classify reads them."""
    path.write_text(json.dumps({"format": CARD_FORMAT, **card}, indent=1) + "\n", "utf-8")
