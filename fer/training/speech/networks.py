"""Builds the networks for windows of sound: for the tone of voice, and for speech or no speech."""

from __future__ import annotations

import keras
from keras import layers, ops

from fer.emotions import EMOTIONS


def emotion_network(bands: int, window: int, dropout: float) -> keras.Model:
    """Build a small residual network that takes scaled log-mel windows to logits (N, 7).

    Its first convolution has a stride of four frames and two bands; two residual stages follow. A
    dense layer then mixes the bands of each frame. Mean and deviation over the frames are weighted
    by an attention over time (Okabe et al. 2018, "Attentive statistics pooling"), so that pauses
    do not count.

    Args:
        bands: number of log-mel bands.
        window: number of frames in a window.
        dropout: share of the features that is dropped before the last layer.
    """
    inputs = keras.Input((window, bands), name="window")
    x = layers.Reshape((window, bands, 1))(inputs)
    x = _convolved(x, 16, (7, 5), (4, 2))
    x = _convolved(x, 32, 3, 2)
    x = _residual(x, 64, (1, 2))
    x = layers.SpatialDropout2D(0.1)(x)
    x = _residual(x, 96, 2)
    x = layers.Reshape((x.shape[1], x.shape[2] * x.shape[3]))(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Conv1D(128, 1, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    weights = layers.Conv1D(1, 1, dtype="float32")(layers.Conv1D(32, 1, activation="tanh")(x))
    weights = layers.Softmax(axis=1)(weights)
    mean = ops.sum(weights * x, axis=1)
    variance = ops.sum(weights * ops.square(x), axis=1) - ops.square(mean)
    deviation = ops.sqrt(ops.maximum(variance, 1e-3))
    x = layers.Concatenate()([mean, deviation, layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(len(EMOTIONS), dtype="float32")(x))


def gate_network(bands: int, window: int) -> keras.Model:
    """Build a smaller network that takes the same windows to the logit of speech, (N, 1)."""
    inputs = keras.Input((window, bands), name="window")
    x = layers.Reshape((window, bands, 1))(inputs)
    x = _convolved(x, 12, (7, 5), (4, 2))
    for width in (24, 48, 48):
        x = _convolved(x, width, 3, 2)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.Dropout(0.2)(x)
    return keras.Model(inputs, layers.Dense(1, dtype="float32")(x))


def _convolved(x, width: int, kernel, stride, activate: bool = True, gamma: str = "ones"):
    x = layers.Conv2D(
        width,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.BatchNormalization(momentum=0.9, gamma_initializer=gamma)(x)
    return layers.ReLU()(x) if activate else x


def _residual(x, width: int, stride):
    # Since the branch begins at zero, training begins with a shallow network.
    branch = _convolved(_convolved(x, width, 3, stride), width, 3, 1, activate=False, gamma="zeros")
    skip = layers.AveragePooling2D(stride, padding="same")(x)
    skip = layers.Conv2D(width, 1, use_bias=False)(skip)
    return layers.ReLU()(layers.Add()([branch, skip]))
