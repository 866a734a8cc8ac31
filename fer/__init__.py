"""Class mood from faces and voices: the public surface of the classroom mood monitor.

    >>> import numpy as np
    >>> from fer import EMOTIONS, MoodCore, MoodWindow, class_shares
    >>> core = MoodCore.load()                         # the networks that come with the app
    >>> frame = np.zeros((480, 640, 3), np.uint8)      # BGR; take one from a camera instead
    >>> readings = core.read(frame)                    # a FaceReading for each face
    >>> [(face.box, face.emotion, face.confidence) for face in readings]
    []
    >>> window = MoodWindow()
    >>> window.add(0.0, readings)                      # seconds, readings
    >>> window.total().frames
    1
    >>> class_shares(np.eye(7)[[6, 6, 3]]).values.sum().round(6).item()  # of three faces
    1.0

A recording becomes a report by `analyze_lecture(path)`, its sound alone by `analyze_speech(path)`.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

# onnxruntime from 1.32 on reports home unless it is told not to before it is loaded: it looks up a
# host of Microsoft's, writes a device id below the user's cache, and queues an event that holds the
# interpreter's path. Everything of ours imports this package first, worker processes included.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from fer.emotions import EMOTIONS
    from fer.faces.core import FaceReading, MoodCore
    from fer.mood.prevalence import Shares, class_shares
    from fer.mood.window import MoodWindow
    from fer.recordings.lecture import analyze_lecture
    from fer.speech.analysis import analyze_speech

__all__ = [
    "EMOTIONS",
    "FaceReading",
    "MoodCore",
    "MoodWindow",
    "Shares",
    "analyze_lecture",
    "analyze_speech",
    "class_shares",
]

_HOMES = {
    "EMOTIONS": "fer.emotions",
    "FaceReading": "fer.faces.core",
    "MoodCore": "fer.faces.core",
    "MoodWindow": "fer.mood.window",
    "Shares": "fer.mood.prevalence",
    "analyze_lecture": "fer.recordings.lecture",
    "analyze_speech": "fer.speech.analysis",
    "class_shares": "fer.mood.prevalence",
}


def __getattr__(name: str):
    # Each name is imported when it is first used: a process that decodes needs no network, and the
    # live page needs no decoder.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
