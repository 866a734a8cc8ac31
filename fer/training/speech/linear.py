"""A second reader of a voice: a linear discriminant on statistics of the spectrum.

The convolutional networks learn from single events. This reader takes the mean, spread, speed and
rhythm of cepstra over a whole window, as the functionals of openSMILE do (Eyben et al. 2016, "The
Geneva Minimalistic Acoustic Parameter Set"). It has 1,600 weights, is fitted in closed form in
seconds, and makes other mistakes than the networks, so that both together make fewer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from scipy.fft import dct

from fer.emotions import EMOTIONS
from fer.training.files import read_arrays
from fer.training.speech.answers import run
from fer.training.speech.augmentation import Augmentation
from fer.training.speech.batches import EmotionBatches
from fer.training.speech.data import Clips

MILD = Augmentation(concat=0.1, noise=0.0, equaliser=0.2, band=0.0, shift=1.0, masks=0)
"""The mild variation of windows for the rule. A linear rule cannot learn that a disturbance does
not matter; strong disturbances only make it worse."""

VERSIONS = 10
"""The number of varied windows of each clip that the rule is fitted on."""

_CEPSTRA = 30
_SHRINKAGE = 0.1
_LIMIT = 4.0  # standard deviations; no single outlier may decide
# In scaled log-mel units; frames within 4.5 log-mel units (20 dB) of the level count as voice.
_VOICE_FROM = 0.5 - 4.5 / 6.0


def functionals(windows, frames: int, bands: int):
    """Compute statistics of scaled log-mel windows (N, frames, bands): a tensor (N, 231).

    Over the frames with voice they are, for 30 cepstra, the mean, the deviation, the skewness, and
    the deviation of the change over 20 and over 80 ms; for 15 cepstra the linear and the quadratic
    course over the window; for 6 cepstra the spectrum of their modulation, 0.4 to 9.6 Hz in 8
    bands; and the amount of voice.
    """
    cosines = dct(np.eye(bands), axis=1, norm="ortho")[:, :_CEPSTRA].astype(np.float32)
    loudness = ops.mean(windows, axis=2, keepdims=True)
    voice = ops.cast(loudness > _VOICE_FROM, "float32")
    speech = layers.MaxPooling1D(21, 1, padding="same")(voice)  # pauses within words belong to it
    cepstra = ops.matmul(windows, cosines)
    mean = _mean(cepstra, voice)
    centred = cepstra - mean[:, None]
    deviation = _deviation(cepstra, voice)
    skewness = _mean(centred * centred * centred, voice) / (deviation * deviation * deviation)
    fast = _deviation(cepstra[:, 2:] - cepstra[:, :-2], speech[:, 1:-1])
    slow = _deviation(cepstra[:, 8:] - cepstra[:, :-8], speech[:, 4:-4])
    seconds = ops.ones_like(voice) * (np.arange(frames, dtype=np.float32)[None, :, None] / 100)
    spread = _deviation(seconds, voice)
    place = (seconds - _mean(seconds, voice)[:, None]) / spread[:, None]
    course = _mean(centred[:, :, :15] * place, voice)
    bend = _mean(centred[:, :, :15] * ops.square(place), voice)
    swing = (cepstra[:, :, :6] - _mean(cepstra[:, :, :6], speech)[:, None]) * speech
    rhythm = _modulation(ops.transpose(swing, (0, 2, 1)), frames, ops.sum(speech, axis=1))
    amount = ops.sum(voice, axis=1)
    density = amount / (ops.sum(speech, axis=1) + 1.0)
    shape = [mean, deviation, skewness, fast, slow, course, bend, rhythm]
    return ops.concatenate([*shape, ops.log(amount + 1.0), density, spread], axis=1)


def _mean(values, weights):
    return ops.sum(values * weights, axis=1) / (ops.sum(weights, axis=1) + 1e-3)


def _deviation(values, weights):
    squares = ops.square(values - _mean(values, weights)[:, None])
    return ops.sqrt(ops.maximum(_mean(squares, weights), 1e-4))


def _modulation(courses, frames: int, amount):
    """Compute the log power of courses (N, 6, frames) at 24 frequencies, 3 to a band: (N, 48)."""
    phases = 2 * np.pi * np.arange(frames)[:, None] / 100 * (np.arange(1, 25) * 0.4)[None]
    power = sum(
        ops.square(ops.matmul(courses, wave(phases).astype(np.float32)))
        for wave in (np.cos, np.sin)
    )
    power = ops.sum(ops.reshape(power, (-1, 6, 8, 3)), axis=3)
    return ops.reshape(ops.log(power / amount[:, :, None] + 1e-2), (-1, 48))


def linear_network(window: int, bands: int, rule: dict[str, np.ndarray]) -> keras.Model:
    """Make the rule a network that takes scaled windows (N, window, bands) to logits (N, 7)."""
    inputs = keras.Input((window, bands), name="window")
    values = functionals(inputs, window, bands)
    values = ops.clip((values - rule["mean"]) / rule["deviation"], -_LIMIT, _LIMIT)
    return keras.Model(inputs, ops.matmul(values, rule["kernel"]) + rule["bias"])


def fit_linear(
    clips: Clips, window: int, scaling: dict, settings, seed: int, path: Path
) -> dict[str, np.ndarray]:
    """Fit Fisher's discriminant on varied windows of clips, or read it from `path`.

    It is read if `path` has the rule for these clips.

    Returns:
        float32 arrays: `mean` (231,), `deviation` (231,), `kernel` (231, 7) and `bias` (7,).
    """
    path = path.with_suffix(".npz")
    recipe = repr((clips.fingerprint(), window, scaling, seed))
    if path.exists():
        rule = read_arrays(path)
        if str(rule.pop("recipe", "")) == recipe:
            return rule
    bands = clips.frames[0][0].shape[1]
    inputs = keras.Input((window, bands))
    reader = keras.Model(inputs, functionals(inputs, window, bands))
    batches = EmotionBatches(clips, window, scaling, replace(settings, augmentation=MILD), seed)
    rng = np.random.default_rng(seed)
    values = [run(reader, batches.one_of_each(rng)) for _ in range(VERSIONS)]
    rule = discriminant(np.concatenate(values), np.tile(clips.labels, VERSIONS))
    np.savez(path, recipe=np.array(recipe), **rule)  # type: ignore[arg-type]
    return rule


def discriminant(values: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Fit Fisher's linear discriminant with a shrunken covariance and equal priors.

    Args:
        values: (N, features).
        labels: int (N,), index into `EMOTIONS`.

    Returns:
        float32 arrays: `mean` (features,), `deviation` (features,), `kernel` (features, 7) and
        `bias` (7,).
    """
    mean, deviation = values.mean(axis=0), values.std(axis=0) + 1e-4
    scaled = np.clip((values - mean) / deviation, -_LIMIT, _LIMIT).astype(np.float64)
    centres = np.stack([scaled[labels == i].mean(axis=0) for i in range(len(EMOTIONS))])
    rest = scaled - centres[labels]
    covariance = (1 - _SHRINKAGE) * rest.T @ rest / len(rest) + _SHRINKAGE * np.eye(len(mean))
    kernel = np.linalg.solve(covariance, centres.T)
    bias = -0.5 * (centres * kernel.T).sum(axis=1)
    rule = {"mean": mean, "deviation": deviation, "kernel": kernel, "bias": bias}
    return {name: array.astype(np.float32) for name, array in rule.items()}
