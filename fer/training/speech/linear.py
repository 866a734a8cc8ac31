"""The second reader of a voice: statistics of the spectrum and a linear discriminant.

What the convolutional networks learn from single events, this reads from a whole window: mean,
spread, speed and rhythm of cepstra (as openSMILE's functionals do: Eyben et al. 2016, "The
Geneva Minimalistic Acoustic Parameter Set"). It has 1,600 weights, is fitted in closed form in
seconds, and errs differently from the networks, so that the two together err less.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from scipy.fft import dct

from fer.emotions import EMOTIONS
from fer.training.speech.data import Augmentation, Clips, EmotionBatches

MILD = Augmentation(concat=0.1, noise=0.0, equaliser=0.2, band=0.0, shift=1.0, masks=0)
"""A linear rule cannot learn that a disturbance does not matter; it only gets worse."""

VERSIONS = 10
"""Varied windows of each clip that the rule is fitted on."""

_CEPSTRA = 30
_SHRINKAGE = 0.1
_LIMIT = 4.0  # deviations; an outlier must not decide alone
# In scaled log-mel units: frames within 4.5 (20 dB) of the level count as voice.
_VOICE_FROM = 0.5 - 4.5 / 6.0


def functionals(windows, frames: int, bands: int):
    """Statistics of scaled log-mel windows (N, frames, bands): a tensor (N, 231).

    Over the frames of voice, for 30 cepstra: mean, deviation, skewness; deviation of the change
    over 20 and over 80 ms; for 15 of them the linear and quadratic course over the window; for 6
    the spectrum of their modulation, 0.4 to 9.6 Hz in 8 bands; and how much voice there is.
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
    """Log power of courses (N, 6, frames) around 24 frequencies, three to a band: (N, 48)."""
    phases = 2 * np.pi * np.arange(frames)[:, None] / 100 * (np.arange(1, 25) * 0.4)[None]
    power = sum(
        ops.square(ops.matmul(courses, wave(phases).astype(np.float32)))
        for wave in (np.cos, np.sin)
    )
    power = ops.sum(ops.reshape(power, (-1, 6, 8, 3)), axis=3)
    return ops.reshape(ops.log(power / amount[:, :, None] + 1e-2), (-1, 48))


def linear_network(window: int, bands: int, rule: dict[str, np.ndarray]) -> keras.Model:
    """The rule as a network: scaled windows (window, bands) in, logits (7,) out."""
    inputs = keras.Input((window, bands), name="window")
    values = functionals(inputs, window, bands)
    values = ops.clip((values - rule["mean"]) / rule["deviation"], -_LIMIT, _LIMIT)
    return keras.Model(inputs, ops.matmul(values, rule["kernel"]) + rule["bias"])


def fit_linear(
    clips: Clips, window: int, scaling: dict, settings, seed: int, path: Path
) -> dict[str, np.ndarray]:
    """Fisher's discriminant on varied windows of clips, or the one of them that `path` has already.

    Returns:
        float32 arrays: `mean`, `deviation` (231,), `kernel` (231, 7), `bias` (7,).
    """
    path = path.with_suffix(".npz")
    recipe = repr((clips.fingerprint(), window, scaling, seed))
    if path.exists():
        with np.load(path) as arrays:
            rule = dict(arrays)
        if str(rule.pop("recipe", "")) == recipe:
            return rule
    bands = clips.frames[0][0].shape[1]
    inputs = keras.Input((window, bands))
    reader = keras.Model(inputs, functionals(inputs, window, bands))
    batches = EmotionBatches(clips, window, scaling, replace(settings, augmentation=MILD), seed)
    rng = np.random.default_rng(seed)
    values = [
        reader.predict(batches.one_of_each(rng), batch_size=64, verbose=0) for _ in range(VERSIONS)
    ]
    rule = discriminant(np.concatenate(values), np.tile(clips.labels, VERSIONS))
    np.savez(path, recipe=np.array(recipe), **rule)  # type: ignore[arg-type]
    return rule


def discriminant(values: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Fisher's linear discriminant with a shrunken covariance and equal priors.

    Args:
        values: (N, features).
        labels: int (N,), in `EMOTIONS` order.
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
