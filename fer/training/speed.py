"""Faster training on the torch backend, where Keras 3.15 wastes more than half of each step.

Two slow ways of computing are replaced. Results differ only by rounding; the layers stay those of
Keras, and so do the files that are saved. Other backends are not changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
from keras import layers

from fer.training import compat

_batch_norm = layers.BatchNormalization.call


@functools.cache
def quicken() -> None:
    """Speed up training on the torch backend; does nothing on other backends."""
    if keras.backend.backend() != "torch":
        return
    layers.BatchNormalization.call = _native_batch_norm
    compat.replace_transpose(lambda plain: functools.partial(_as_view, plain))


def _native_batch_norm(self, inputs, training=None, mask=None):
    """Batch norm by torch's kernel; Keras puts it together from a dozen small float32 steps."""
    usual = len(inputs.shape) == 4 and self.axis in (-1, 3) and self.scale and self.center
    if not (training and self.trainable and usual) or mask is not None or self.renorm:
        return _batch_norm(self, inputs, training=training, mask=mask)
    import torch

    outputs, mean, deviation = torch.native_batch_norm(
        inputs.permute(0, 3, 1, 2),
        self.gamma.value,
        self.beta.value,
        None,
        None,
        True,
        0.0,
        self.epsilon,
    )
    variance = deviation.detach() ** -2 - self.epsilon
    for moving, now in ((self.moving_mean, mean.detach()), (self.moving_variance, variance)):
        moving.assign(moving.value * self.momentum + now * (1 - self.momentum))
    return outputs.permute(0, 2, 3, 1)


def _as_view(plain: Callable, inputs):
    """Channels first as a view; Keras copies each feature map there and back."""
    return inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else plain(inputs)
