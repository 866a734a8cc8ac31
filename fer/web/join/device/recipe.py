"""The numbers with which a student's own device reads, as the page's Worker loads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer.faces.recipe import recipe
from fer.mood.track import FaceTracker

LONGEST = 640
"""Longest side in pixels of the camera's picture; a larger one is shrunk before it is read."""


def device_recipe(classifier: Path) -> dict[str, Any]:
    """All numbers that the scripts of this folder need, ready for `json`.

    Args:
        classifier: ONNX file of the emotion classifier, with its card beside it.

    Raises:
        ModelError: a card cannot be read or has another format.
        KeyError: a card lacks a value.
    """
    tracker = FaceTracker()
    return recipe(classifier) | {
        "frame": {"longest": LONGEST},
        "tracker": {
            "min_iou": tracker.min_iou,
            "max_gap_s": tracker.max_gap_s,
            "smoothing_s": tracker.smoothing_s,
        },
    }
