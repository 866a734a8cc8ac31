"""Readings counted in cells: everything that has to be kept about the faces of a class, as sums.

The cells are the same for every network. Sums of several seconds, threads, processes or days are
combined by addition.
"""

from __future__ import annotations

import functools
import math

import numpy as np

SURE = (0.70, 0.95)
"""Probabilities of the best class that separate the cells. Above the second one, the second-best
class adds no information and is ignored."""

CORRELATION = 0.8
"""Correlation between the errors of two readings of the same face. It was 0.80 for the errors of
the shares of 50 PublicTest faces, read twice with small changes of place, size, angle, light and
JPEG quality."""


def cell_count(classes: int) -> int:
    """Number of cells: 91 for seven classes, 120 for eight."""
    return len(SURE) * classes * (classes - 1) + classes


def cells(probabilities: np.ndarray) -> np.ndarray:
    """The cell of each reading, int64 (N,) from 0 to below `cell_count(classes)`.

    Args:
        probabilities: float (N, classes), at least two classes.

    Raises:
        ValueError: the values are not probabilities.
    """
    probabilities = checked(probabilities)
    number, classes = probabilities.shape
    order = np.argsort(-probabilities, axis=1, kind="stable")
    best, second = order[:, 0], order[:, 1]
    sureness = np.searchsorted(SURE, probabilities[np.arange(number), best], side="right")
    pair = best * (classes - 1) + second - (second > best)
    pairs = classes * (classes - 1)
    return np.where(sureness < len(SURE), sureness * pairs + pair, len(SURE) * pairs + best)


def sums(probabilities: np.ndarray) -> np.ndarray:
    """The sums that have to be kept about some readings, float64 (S,); they can be added.

    The first `cell_count(classes)` numbers count the readings in each cell. The other `classes`
    numbers are the sums of their probabilities. Seven classes give 98 numbers, eight 128.

    Args:
        probabilities: float (N, classes).

    Raises:
        ValueError: the values are not probabilities.
    """
    probabilities = checked(probabilities)
    counts = np.bincount(cells(probabilities), minlength=cell_count(probabilities.shape[1]))
    return np.concatenate([counts, probabilities.sum(axis=0)])


def class_count(length: int) -> int:
    """Number of classes of a row of `length` sums: 7 for 98, 8 for 128.

    Raises:
        ValueError: no number of classes has so many sums.
    """
    classes = math.isqrt(length // len(SURE))
    if cell_count(classes) + classes != length:
        raise ValueError(f"{length} numbers are not the sums of any number of classes")
    return classes


@functools.lru_cache(maxsize=8)
def positions(classes: int, among: int) -> np.ndarray:
    """Where the sums of the first `classes` of `among` classes stand, int64 (S,), ascending.

    The other sums are those of readings in which one of the other classes is best or second-best,
    and the probabilities of these classes.
    """
    best, second = np.nonzero(~np.eye(classes, dtype=bool))
    pair = best * (among - 1) + second - (second > best)
    pairs = among * (among - 1)
    levels = [level * pairs + pair for level in range(len(SURE))]
    alone = len(SURE) * pairs + np.arange(classes)
    return np.concatenate([*levels, alone, cell_count(among) + np.arange(classes)])


def widened(given: np.ndarray, classes: int) -> np.ndarray:
    """Sums over more classes, of which the additional ones, the last, were never read.

    Args:
        given: (..., S), results of `sums` for at most as many classes.
        classes: number of classes of the result.
    """
    narrow = class_count(given.shape[-1])
    if narrow == classes:
        return given
    wide = np.zeros((*given.shape[:-1], cell_count(classes) + classes), given.dtype)
    wide[..., positions(narrow, classes)] = given
    return wide


def effective_readings(readings: np.ndarray | float, faces: np.ndarray | float) -> np.ndarray:
    """Number of independent readings that repeated readings of the same faces are worth.

    Args:
        readings: number of readings.
        faces: number of different faces, each assumed to be read equally often. The mean number of
            faces in a frame is a good and cautious value: when people come, go or change their
            expression, the readings are worth more.

    Returns:
        float64, from 0 to `readings`; never more than `faces` / `CORRELATION`.
    """
    readings, faces = np.asarray(readings, np.float64), np.asarray(faces, np.float64)
    faces = np.minimum(faces, readings)
    each = np.divide(
        readings, faces, out=np.ones(np.broadcast(readings, faces).shape), where=faces > 0
    )
    return readings / (1 + (each - 1) * CORRELATION)


@functools.lru_cache(maxsize=8)
def coarse(classes: int) -> np.ndarray:
    """0/1 matrix (cells, coarse cells) that joins the cells of all second-best classes."""
    pairs = classes * (classes - 1)
    place = np.concatenate(
        [level * classes + np.arange(pairs) // (classes - 1) for level in range(len(SURE))]
        + [len(SURE) * classes + np.arange(classes)]
    )
    return np.eye((len(SURE) + 1) * classes)[place]


def checked(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities as float64 (N, classes).

    Raises:
        ValueError: they have another shape, hold NaN, are negative or do not sum to 1.
    """
    values = np.asarray(probabilities, np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(f"probabilities must be (N, classes), not {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("probabilities must not hold NaN or infinite values")
    if values.size and (values.min() < -1e-6 or np.abs(values.sum(axis=1) - 1).max() > 1e-3):
        raise ValueError("probabilities must not be negative, and each row must sum to 1")
    return values
