"""Class mood from faces and voices: the public surface of the classroom mood monitor.

    >>> import numpy as np
    >>> from fer import EMOTIONS, MoodCore, MoodWindow
    >>> core = MoodCore.load()                         # the networks that come with the app
    >>> frame = np.zeros((480, 640, 3), np.uint8)      # BGR; take one from a camera instead
    >>> readings = core.read(frame)                    # a FaceReading for each face
    >>> [(face.box, face.emotion, face.confidence) for face in readings]
    []
    >>> window = MoodWindow()
    >>> window.add(0.0, readings)                      # seconds, readings
    >>> window.total().frames
    1

A recording becomes a report by `analyze_lecture(path)`, its sound alone by `analyze_speech(path)`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# onnxruntime from 1.32 on reports home unless it is told not to before it is loaded: it looks up a
# host of Microsoft's, writes a device id below the user's cache, and queues an event that holds the
# interpreter's path. Everything of ours imports this package first, worker processes included.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, MoodCore
from fer.mood.window import MoodWindow

if TYPE_CHECKING:
    from fer.recordings.lecture import analyze_lecture
    from fer.speech.analysis import analyze_speech

__all__ = [
    "EMOTIONS",
    "FaceReading",
    "MoodCore",
    "MoodWindow",
    "analyze_lecture",
    "analyze_speech",
]


def __getattr__(name: str):
    # Recordings need a decoder and a second network; the live page needs neither.
    if name == "analyze_lecture":
        from fer.recordings.lecture import analyze_lecture

        return analyze_lecture
    if name == "analyze_speech":
        from fer.speech.analysis import analyze_speech

        return analyze_speech
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
