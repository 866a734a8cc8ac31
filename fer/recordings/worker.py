"""The tasks of a cluster's workers: to read one segment of a recording, or its whole sound.

A worker makes no report, so this module loads nothing that only a report needs.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import replace
from functools import lru_cache

import cv2

from fer.errors import ModelError, RecordingError
from fer.faces.core import MoodCore
from fer.recordings.listen import listen
from fer.recordings.segment import Plan, read_segment
from fer.settings import Settings

VOICE = -1
"""The number of the sound among the numbers of segments."""


def signature(core: MoodCore) -> str:
    """Return a text that must be the same on all workers, so that their results fit together."""
    facts = [core.detector.name, core.detector.size, core.classifier.card]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def work(path: str, plan: Plan, index: int, wanted: str, sound: int | None = None) -> object:
    """Run a task on a worker: read a segment, or the whole sound.

    An error because of the recording is returned like a result. If it were raised, Dask would take
    it for a fault of the worker and fill the log with it.

    Args:
        path: the recording.
        plan: how it is cut.
        index: number of the segment, or `VOICE`.
        wanted: the `signature` of the machine that asks.
        sound: number of the sound track, counted from 1; None takes the first that is not silent.

    Returns:
        A `Segment`, the result of `listen`, or a `RecordingError` or `ModelError`.
    """
    try:
        if index == VOICE:
            assert plan.facts is not None
            return listen(path, plan.facts, track=sound)
        core = _core()
        if signature(core) != wanted:
            return ModelError(
                "A worker has another model or detector than this machine: give all machines the "
                "same version of this package and the same FER_ variables."
            )
        # There are as many workers as cores, so a task uses one core only.
        return read_segment(path, plan, index, core, threads=1)
    except (RecordingError, ModelError) as error:
        return error


_loading = threading.Lock()


def _core() -> MoodCore:
    """Return the core of this worker process, which is made once."""
    with _loading:
        return _only_core()


@lru_cache(maxsize=1)
def _only_core() -> MoodCore:
    cv2.setNumThreads(1)
    return MoodCore.load(settings=replace(Settings.from_environment(), threads=1))
