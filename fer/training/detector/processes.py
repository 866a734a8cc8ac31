"""The processes that compose scenes side by side, without Keras."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np

from fer.training.detector.scenes import Composer

Batch = tuple[np.ndarray, np.ndarray]
"""Scenes and the teacher's answers, see `Composer.batch`."""

Compose = Callable[[str, int, tuple[int, ...]], Batch]
"""Composes a batch, given the part of the photographs, the number of scenes and their seed."""


@contextlib.contextmanager
def composing(composers: dict[str, Composer], workers: int) -> Iterator[Compose]:
    """Compose batches in `workers` processes; one is this process itself.

    Keras would start its own processes anew in every epoch, and fork them, which JAX and torch do
    not survive.

    Args:
        composers: for each part of the photographs.
        workers: number of processes.
    """
    if workers == 1:
        yield lambda part, count, seed: composers[part].batch(count, seed)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _begin, (composers,)) as pool:
        yield lambda part, count, seed: pool.submit(_batch, part, count, seed).result()


_composers: dict[str, Composer] = {}
"""In a process that composes: those that it was given at its start."""


def _begin(composers: dict[str, Composer]) -> None:
    cv2.setNumThreads(1)  # the other processes need the other cores
    _composers.update(composers)


def _batch(part: str, count: int, seed: tuple[int, ...]) -> Batch:
    return _composers[part].batch(count, seed)
