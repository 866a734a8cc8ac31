"""Whether a face still looks as it did: its likeness to its own first picture.

Crops are compared while a segment is read, and only the likeness is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from fer.faces.core import FaceReading, FaceState
from fer.mood.track import FaceTracker

REFERENCE_SIDE = 48
"""Side in pixels at which faces are compared; the size at which they are read, too."""

# Standard deviation of the blur before the comparison, in pixels of `REFERENCE_SIDE`. Without it a
# talking face falls below 0.6 as often as a turned one: on the two student clips, frontal faces
# had a median of 0.49 and turned ones 0.40; with it 0.68 and 0.60 (by head pose, limit 12 deg).
_BLUR = 1.5


class Posture:
    """Compares each face with its own first crop, by structural similarity.

    Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity",
    as scikit-image computes it. Faces are followed by place only; crops stay in memory, for as
    long as this object lives.
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
        """Similarity of each face with its reference, from -1 to 1.

        The first crop of a face that could be read is its reference and has 1. Faces seen but not
        read yet have NaN.

        Args:
            t: s; must not go back.
            readings: faces of one frame.
            crops: uint8 (s, s, 3) BGR, one for each.
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
                values.append(float(structural_similarity(reference, face, data_range=255)))
        return values


def _grey(crop: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    how = cv2.INTER_AREA if grey.shape[0] > REFERENCE_SIDE else cv2.INTER_LINEAR
    small = cv2.resize(grey, (REFERENCE_SIDE, REFERENCE_SIDE), interpolation=how)
    return cv2.GaussianBlur(small, (0, 0), _BLUR)
