"""Cuts windows out of log-mel frames and varies them."""

from __future__ import annotations

import numpy as np

SILENCE = float(np.log(np.finfo(np.float32).eps))
"""The log-mel value that kaldi-native-fbank gives for zeros."""


def cut(frames: np.ndarray, start: int, window: int) -> np.ndarray:
    """Cut out `window` frames from `start` on; outside the clip they are silent.

    Args:
        frames: float32 (frames, bands).
        start: first frame; it may be negative.
        window: number of frames.

    Returns:
        float32 (window, bands).
    """
    out = np.full((window, frames.shape[1]), SILENCE, np.float32)
    piece = frames[max(0, start) : max(0, start + window)]
    first = max(0, -start)
    out[first : first + len(piece)] = piece
    return out


def reading_windows(frames: np.ndarray, window: int, step: int) -> np.ndarray:
    """Cut a clip into the windows that `analyze_speech` reads: float32 (N, window, bands)."""
    count = 1 + max(0, -(-(len(frames) - window) // step))
    return np.stack([cut(frames, step * i, window) for i in range(count)])


def loud(raw: np.ndarray) -> float:
    """Compute the level of the loud frames of a window, in log-mel units."""
    return float(np.percentile(raw.mean(axis=1), 95))


def curve(rng: np.random.Generator, bands: int, deviation: float) -> np.ndarray:
    """Draw a smooth random curve over the bands: float64 (bands,)."""
    knots = rng.normal(scale=deviation, size=5)
    return np.interp(np.arange(bands), np.linspace(0, bands - 1, 5), knots)


def shifted(raw: np.ndarray, by: float) -> np.ndarray:
    """Move a window (window, bands) up or down by a number of bands, which may be fractional."""
    last = raw.shape[1] - 1
    place = np.clip(np.arange(raw.shape[1]) + by, 0, last)
    below = np.minimum(place.astype(int), last - 1)
    part = (place - below).astype(np.float32)
    return raw[:, below] * (1 - part) + raw[:, below + 1] * part


def masked(scaled: np.ndarray, masks: int, rng: np.random.Generator) -> np.ndarray:
    """Blank up to 30 frames and up to 8 bands of a window, in place, `masks` times each."""
    mean = scaled.mean()
    for _ in range(masks):
        length = int(rng.integers(0, 30))
        start = int(rng.integers(0, scaled.shape[0] - length))
        scaled[start : start + length] = mean
        length = int(rng.integers(0, 8))
        start = int(rng.integers(0, scaled.shape[1] - length))
        scaled[:, start : start + length] = mean
    return scaled
