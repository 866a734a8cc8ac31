"""Measures whether a detector finds tilted heads, and whether the landmarks tilt with them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fer.faces.core import eye_angle
from fer.faces.detect.base import Detection
from fer.training.detector.evaluation import Detect

TILTS = (15.0, 30.0, 45.0)
"""The angles by which pictures are tilted, in both directions, in degrees."""

SMALLEST = 32
"""The smallest height of a face that is measured, in pixels."""

NEAR = 0.3
"""A face is found again if the middle of its box moved by less than this part of its size."""


def figures(detect: Detect, pictures: Sequence[np.ndarray]) -> dict[str, dict]:
    """Tilt each picture about its largest face and look for this face again.

    Args:
        detect: the detector.
        pictures: uint8 (H, W, 3) BGR; those without a face of `SMALLEST` are left out.

    Returns:
        For each of `TILTS`, as text: `faces`, how many were looked for, in both directions;
        `found`, the share that was found; `eye_angle_error`, the median difference in degrees
        between the tilt and the turn of the line through the eyes. The last two are None without
        faces.
    """
    looked_for = 0
    errors: dict[float, list[float]] = {tilt: [] for tilt in TILTS}
    for picture in pictures:
        level = max(detect(picture), key=lambda face: face.box[3], default=None)
        if level is None or level.box[3] < SMALLEST:
            continue
        looked_for += 2
        for tilt in TILTS:
            for angle in (-tilt, tilt):
                after = again(detect(tilted(picture, level, angle)), level)
                if after is not None:
                    errors[tilt].append(abs(eye_angle(after) - eye_angle(level) - angle))
    return {
        f"{tilt:.0f}": {
            "faces": looked_for,
            "found": len(errors[tilt]) / looked_for if looked_for else None,
            "eye_angle_error": float(np.median(errors[tilt])) if errors[tilt] else None,
        }
        for tilt in TILTS
    }


def tilted(picture: np.ndarray, face: Detection, angle: float) -> np.ndarray:
    """Tilt a picture, uint8 (H, W, 3) BGR, clockwise by `angle` degrees about a face's middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(_middle(face).tolist(), -angle, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def again(faces: Sequence[Detection], level: Detection) -> Detection | None:
    """The face that lies where `level` was before the tilt, or None."""
    nearest = min(faces, key=lambda face: _apart(face, level), default=None)
    if nearest is None or _apart(nearest, level) > NEAR * np.sqrt(level.box[2] * level.box[3]):
        return None
    return nearest


def _middle(face: Detection) -> np.ndarray:
    x, y, width, height = face.box
    return np.array([x + width / 2, y + height / 2], np.float64)


def _apart(face: Detection, other: Detection) -> float:
    return float(np.linalg.norm(_middle(face) - _middle(other)))
