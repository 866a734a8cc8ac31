"""All numbers with which a program in another language reads faces as `fer.faces.core` does.

The students' page reads faces on the student's own device (`fer/web/join/device/reader.js`). All
numbers that it needs come from here, and so from the cards of the networks and from the modules of
this package; the script holds none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer.emotions import classes_for, label_matrix
from fer.faces import core
from fer.faces.detect import anchor_free, base, bundled
from fer.network import check_format, read_card

DETECT_SIZE = 320
"""Longest side in pixels of the picture in which a student's own device looks for faces. They sit
in front of their camera; at 640 px the search would take four times as long."""


def recipe(classifier: Path, detector: Path = bundled.MODEL) -> dict[str, Any]:
    """Returns all numbers for reading a face, from its detection to the state of the reading.

    Args:
        classifier: ONNX file of the emotion classifier, with its card beside it.
        detector: ONNX file of a detector such as the one that comes with the project.

    Returns:
        Plain values that `json` can write. The names are those of the constants and of the cards.

    Raises:
        ModelError: a card cannot be read or has another format.
        KeyError: a card lacks a value.
    """
    face, emotion = read_card(detector), read_card(classifier)
    check_format(emotion, classifier.name)
    preprocessing = emotion["preprocessing"]
    return {
        "emotions": classes_for(emotion["labels"]),
        "detector": {
            "size": DETECT_SIZE,
            "step": base.STEP,
            "slack": base.SLACK,
            "score": face["score"],
            "strides": anchor_free.STRIDES,
            "max_overlap": anchor_free.MAX_OVERLAP,
            "min_frame": bundled.Bundled.MIN_FRAME,
            "same": bundled.Bundled.SAME,
            "closer": bundled.CLOSER,
            "large": bundled.LARGE,
            "hint_score": bundled.HINT_SCORE,
            "hint_size": bundled.HINT_SIZE,
            "nested": bundled.NESTED,
        },
        "crop": {
            "side": bundled.Bundled.crop_side,
            "longest": core.crop_limit(max(preprocessing["width"], preprocessing["height"])),
            "max_tilt": core.MAX_TILT,
        },
        "classifier": {
            "preprocessing": preprocessing,
            "output": emotion["output"],
            "mirror": bool(emotion.get("mirror", False)),
            "mirror_below": emotion.get("mirror_below") or 1,
            "temperature": emotion.get("temperature") or 1,
            "floor": emotion.get("floor") or 0,
            "to_emotions": label_matrix(emotion["labels"]).tolist(),
        },
        "state": {
            "min_read_side": core.MIN_READ_SIDE,
            "max_turn": core.MAX_TURN,
            "min_sharpness": core.MIN_SHARPNESS,
            "sharpness_side": core.SHARPNESS_SIDE,
            "abstain_below": emotion.get("abstain_below") or 0,
        },
    }
