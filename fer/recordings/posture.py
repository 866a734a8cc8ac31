"""Measures whether a face still looks as in the first picture of it.

Crops are compared while a segment is read, and only the similarity is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fer.faces.core import FaceReading, FaceState
from fer.mood.track import FaceTracker

REFERENCE_SIDE = 48
"""Side in pixels at which faces are compared. They are read at the same size."""

# Standard deviation of the blur before the comparison, in pixels of `REFERENCE_SIDE`. Without the
# blur, a talking face falls below 0.6 as often as a turned face: on the two student clips, frontal
# faces had a median of 0.49 and turned faces 0.40; with the blur 0.68 and 0.60 (a face counts as
# turned if its head pose is beyond 12 degrees).
_BLUR = 1.5


class Posture:
    """Compares each face with the first crop of the same face, by structural similarity.

    The measure is that of Wang et al. 2004, "Image quality assessment: from error visibility to
    structural similarity", over squares of 7 px. Faces are followed by place only. Crops
    stay in memory, and only as long as this object lives.
    """

    def __init__(self, max_gap_s: float = 2.0) -> None:
        """Args:
        max_gap_s: a face missing for longer gets a new reference when it returns.
        """
        self._tracker = FaceTracker(max_gap_s=max_gap_s, smoothing_s=0.0)
        self._references: dict[int, np.ndarray] = {}

    def update(
        self, t: float, readings: Sequence[FaceReading], crops: Sequence[np.ndarray]
    ) -> list[float]:
        """Return the similarity of each face with its reference, from -1 to 1.

        The first crop of a face that could be read is its reference; its similarity is 1. A face
        that could not be read yet has NaN.

        Args:
            t: time of the frame in seconds; must not go back.
            readings: faces of one frame.
            crops: one crop for each face, uint8 (s, s, 3) BGR.
        """
        values = []
        for reading, crop in zip(self._tracker.update(t, readings), crops, strict=True):
            track = reading.track or 0
            reference = self._references.get(track)
            if reference is None and reading.state == FaceState.UNREAD:
                values.append(float("nan"))
                continue
            face = _grey(crop)
            if reference is None:
                self._references[track] = face
                values.append(1.0)
            else:
                values.append(structural_similarity(reference, face))
        return values


def structural_similarity(one: np.ndarray, other: np.ndarray) -> float:
    """How alike two pictures are, from -1 to 1: the mean over all squares of 7 px.

    This is what `skimage.metrics.structural_similarity(one, other, data_range=255)` returns.

    Args:
        one, other: uint8 (H, W), 7 px each way or more.
    """
    side, edge = 7, 3
    x, y = one.astype(np.float64), other.astype(np.float64)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (side, side))[edge:-edge, edge:-edge]

    mean_x, mean_y = mean(x), mean(y)
    samples = side * side / (side * side - 1)
    variance_x = samples * (mean(x * x) - mean_x**2)
    variance_y = samples * (mean(y * y) - mean_y**2)
    covariance = samples * (mean(x * y) - mean_x * mean_y)
    light, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mean_x * mean_y + light) * (2 * covariance + contrast)
    return float(
        (alike / ((mean_x**2 + mean_y**2 + light) * (variance_x + variance_y + contrast))).mean()
    )


def _grey(crop: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    how = cv2.INTER_AREA if grey.shape[0] > REFERENCE_SIDE else cv2.INTER_LINEAR
    small = cv2.resize(grey, (REFERENCE_SIDE, REFERENCE_SIDE), interpolation=how)
    return cv2.GaussianBlur(small, (0, 0), _BLUR)
