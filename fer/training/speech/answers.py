"""Computes the answers of the voice networks to windows and clips, and the share that is right."""

from __future__ import annotations

import keras
import numpy as np

from fer.emotions import EMOTIONS
from fer.network import softmax
from fer.speech.model import scale
from fer.training.speech.data import Clips
from fer.training.speech.settings import LOG_MEL, SCALING, STEP_S, window_frames
from fer.training.speech.windows import reading_windows


def clip_windows(clips: Clips) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut clips into the windows that the app reads.

    Returns:
        The windows, raw log-mel frames float32 (M, window, bands); the clip of each window, int
        (M,); and the label of each clip, int64 (N,).
    """
    step = round(STEP_S * 1000 / LOG_MEL["step_ms"])
    parts = [reading_windows(one, window_frames(), step) for one in clips.frames[0]]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate(parts), owner, clips.labels


def predict(model: keras.Model, windows: np.ndarray) -> np.ndarray:
    """Compute the logits (N, classes) for raw log-mel windows (N, window, bands)."""
    return run(model, scale(windows, SCALING))


def run(model: keras.Model, windows: np.ndarray) -> np.ndarray:
    """Compute what a network gives for scaled windows, some of them at a time.

    `Model.predict` prepares a pipeline in each call, which takes longer than these networks do.
    """
    parts = [model.predict_on_batch(windows[at : at + 64]) for at in range(0, len(windows), 64)]
    return np.concatenate([np.asarray(part) for part in parts])


def by_clip(logits: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Choose the class of each clip, by the largest mean probability over its windows.

    Args:
        logits: (M, classes), for each window.
        owner: int (M,), the clip of each window, 0 to N - 1.

    Returns:
        int (N,).
    """
    return mean_of(softmax(logits), owner).argmax(axis=1)


def mean_of(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Average values (M, K) over the rows of each owner, given as int (M,): (N, K)."""
    total = np.zeros((owner.max() + 1, values.shape[1]))
    np.add.at(total, owner, values)
    return total / np.bincount(owner)[:, None]


def confusion(answers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Count the answers, int (7, 8): a row for each true emotion and a column for each answer.

    The last column is "no speech", the answer -1.
    """
    matrix = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), int)
    np.add.at(matrix, (labels, answers), 1)
    return matrix


def uar(answers: np.ndarray, labels: np.ndarray) -> float:
    """The unweighted average recall: the mean recall of the classes that occur in `labels`."""
    matrix = confusion(answers, labels)
    present = matrix.any(axis=1)
    return float((np.diag(matrix)[present] / matrix[present].sum(axis=1)).mean())
