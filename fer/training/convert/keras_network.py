"""A Keras network that was trained elsewhere."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from fer.errors import ModelError
from fer.training import export, pixels


class KerasNetwork:
    """A Keras network, and what it takes.

    Attributes:
        size: height and width of the faces in pixels.
        channels: 1 or 3.
        layout: "NHWC", which all of Keras' networks here have.
        classes: number of outputs.
    """

    layout = "NHWC"

    def __init__(self, model: Path, network) -> None:
        """Args:
            model: the file, for messages.
            network: what was read from it.

        Raises:
            ModelError: it takes or gives something else than an emotion network.
        """
        taken = network.input_shape if isinstance(network.input_shape, tuple) else ()
        if len(taken) != 4 or taken[1] != taken[2] or taken[1] is None or taken[3] not in (1, 3):
            raise ModelError(
                f"{model}: its input is {network.input_shape}; expected square faces with the "
                "channels last, such as (None, 48, 48, 1) or (None, 224, 224, 3)"
            )
        given = network.output_shape if isinstance(network.output_shape, tuple) else ()
        if len(given) != 2 or given[1] is None:
            raise ModelError(
                f"{model}: its output is {network.output_shape}; expected one value a class"
            )
        self.size, self.channels, self.classes = taken[1], taken[3], given[1]
        self._network = self._as_run = network

    def write(self, path: Path, imagenet: bool) -> None:
        """Write it as an ONNX file, without augmentation.

        Args:
            path: where it is written.
            imagenet: whether it first subtracts the means of ImageNet from B, G and R.
        """
        x = inputs = keras.Input(self._network.input_shape[1:], name="face")
        if imagenet:
            x = keras.layers.Rescaling(1.0, offset=pixels.IMAGENET_BGR)(x)
        # Unless `training` is False, random layers would go into the ONNX file and be active there.
        self._as_run = keras.Model(inputs, self._network(x, training=False))
        export.write_onnx(self._as_run, path)

    def parameters(self) -> int:
        """The number of weights."""
        return self._network.count_params()

    def answers(self, faces: np.ndarray) -> np.ndarray:
        """What Keras gives for float32 faces (N, size, size, channels), prepared as in training."""
        return np.asarray(self._as_run.predict_on_batch(faces), np.float64)
