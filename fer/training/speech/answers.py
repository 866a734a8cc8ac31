"""What the voice networks answer to windows and clips, and how often they are right."""

from __future__ import annotations

import keras
import numpy as np

from fer.emotions import EMOTIONS
from fer.network import softmax
from fer.speech.model import scale
from fer.training.speech import data as speech_data
from fer.training.speech.data import Clips
from fer.training.speech.settings import LOG_MEL, SCALING, STEP_S, window_frames


def clip_windows(clips: Clips) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The windows that the app reads in clips: raw (M, window, bands), clip (M,), labels (N,)."""
    step = round(STEP_S * 1000 / LOG_MEL["step_ms"])
    parts = [speech_data.reading_windows(one, window_frames(), step) for one in clips.frames[0]]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate(parts), owner, clips.labels


def predict(model: keras.Model, windows: np.ndarray) -> np.ndarray:
    """Logits of raw log-mel windows."""
    return np.asarray(model.predict(scale(windows, SCALING), batch_size=64, verbose=0))


def by_clip(logits: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The class of each clip: the largest mean probability over its windows."""
    return mean_of(softmax(logits), owner).argmax(axis=1)


def mean_of(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    total = np.zeros((owner.max() + 1, values.shape[1]))
    np.add.at(total, owner, values)
    return total / np.bincount(owner)[:, None]


def confusion(answers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts (7, 8): rows are true emotions, columns answers; the last is "no speech" (-1)."""
    matrix = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), int)
    np.add.at(matrix, (labels, answers), 1)
    return matrix


def uar(answers: np.ndarray, labels: np.ndarray) -> float:
    """Unweighted average recall: the mean, over the classes that there are, of the share right."""
    matrix = confusion(answers, labels)
    present = matrix.any(axis=1)
    return float((np.diag(matrix)[present] / matrix[present].sum(axis=1)).mean())
