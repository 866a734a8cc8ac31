"""Class mood from faces: detection, emotion classification, tracking and aggregation."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
