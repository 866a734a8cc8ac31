"""What a worker of the cluster runs: one segment of a recording, or its whole sound.

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
"""Stands for the sound where segments are numbered."""


def signature(core: MoodCore) -> str:
    """What must be the same on all workers for their results to fit together."""
    facts = [core.detector.name, core.detector.size, core.classifier.card]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def work(path: str, plan: Plan, index: int, wanted: str) -> object:
    """A task, on a worker: a segment, or the whole sound.

    What is wrong with a recording is a result like others, and is returned: Dask takes errors
    that are raised for faults of the worker and fills the log with them.
    """
    try:
        if index == VOICE:
            assert plan.facts is not None
            return listen(path, plan.facts)
        core = _core()
        if signature(core) != wanted:
            return ModelError(
                "A worker has another model or detector than this machine: give all machines the "
                "same version of this package and the same FER_ variables."
            )
        # Workers fill the cores with tasks, so a task keeps to one.
        return read_segment(path, plan, index, core, threads=1)
    except (RecordingError, ModelError) as error:
        return error


_loading = threading.Lock()


def _core() -> MoodCore:
    """The core of this worker process, made once."""
    with _loading:
        return _only_core()


@lru_cache(maxsize=1)
def _only_core() -> MoodCore:
    cv2.setNumThreads(1)
    return MoodCore.load(settings=replace(Settings.from_environment(), threads=1))
