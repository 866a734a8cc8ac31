"""Cues of one face or of a class beyond the emotions: smile, posture, head pose, presence.

None of them measures attention. Each carries a label that says how far it can be trusted, and
what it is not for; the page shows both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from skimage.metrics import structural_similarity

from fer.faces.core import FaceReading, FaceState
from fer.mood.track import FaceTracker

MEASURED, HEURISTIC, EXPERIMENTAL = "measured", "heuristic", "experimental"


@dataclass(frozen=True)
class Cue:
    """What a cue says and how far it can be trusted.

    Attributes:
        label: "measured", "heuristic" (a rule of thumb on measured values) or "experimental"
            (unproven: read it with doubt).
        meaning: one sentence for people.
        not_for: what the cue must not be used for.
    """

    label: str
    meaning: str
    not_for: str


CUES: dict[str, Cue] = {
    "smile": Cue(
        MEASURED,
        "Faces read as happy over all faces read with confidence. Happy is the expression that is "
        "easiest to be sure of, so the index leans upwards where many faces are unsure; the line "
        "over time, which tells laughter, counts those as not smiling.",
        "It does not tell why somebody smiles, or whether they enjoy the lecture.",
    ),
    "presence": Cue(
        HEURISTIC,
        "Visible faces over the number expected.",
        "It is no attendance list: whoever looks down or sits behind somebody is not seen.",
    ),
    "head pose": Cue(
        HEURISTIC,
        "Direction of the head in degrees, from five points of the face. Faces under about 100 "
        "pixels show too little of a turn.",
        "It does not tell where somebody looks, nor whether they listen.",
    ),
    "posture": Cue(
        HEURISTIC,
        "Similarity of a face with its first picture in the same part of the recording, a minute "
        "or more long, in a quick look ten; below 0.6 it has turned away or moved.",
        "Taking notes looks the same as looking away. Not for grading or discipline.",
    ),
    "blinks": Cue(
        EXPERIMENTAL,
        "Closings of the eyes per minute, from 68 points of the face.",
        "It says nothing about tiredness or honesty; laughing narrows the eyes and counts too.",
    ),
}

TURNED_BELOW = 0.6
"""Posture below this counts as turned away or moved."""

REFERENCE_SIDE = 48
"""Side in pixels at which faces are compared; the size at which they are read, too."""

# Standard deviation of the blur before the comparison, in pixels of `REFERENCE_SIDE`. Without it a
# talking face falls below 0.6 as often as a turned one: on the two student clips, frontal faces
# had a median of 0.49 and turned ones 0.40; with it 0.68 and 0.60 (by head pose, limit 12 deg).
_BLUR = 1.5

# Right eye, left eye, nose tip, right and left mouth corner ("right" is the person's own) of
# MediaPipe's canonical face model (Apache 2.0), in distances between the pupils: x to the
# picture's right, y down, z away from the camera.
_MODEL = np.array(
    [
        (-0.50, 0.00, 0.00),
        (0.50, 0.00, 0.00),
        (0.00, 0.60, -0.60),
        (-0.39, 1.11, -0.09),
        (0.39, 1.11, -0.09),
    ]
)
_FIT = np.linalg.pinv(_MODEL - _MODEL.mean(axis=0))


def head_pose(landmarks: np.ndarray | None) -> tuple[float, float, float]:
    """Direction of a head from five landmarks, under scaled orthography (a far camera).

    Args:
        landmarks: (5, 2) in pixels, see `fer.faces.detect.base.Detection`, or None.

    Returns:
        Yaw, pitch and roll in degrees: yaw > 0 towards the picture's right, pitch > 0 upwards,
        roll > 0 clockwise in the picture. NaN where they cannot be told.
    """
    unknown = (float("nan"),) * 3
    if landmarks is None or not np.isfinite(landmarks).all():
        return unknown
    points = np.asarray(landmarks, np.float64)
    # The least-squares camera, then the nearest one whose two axes are level and equally long.
    camera = (_FIT @ (points - points.mean(axis=0))).T
    left, sizes, right = np.linalg.svd(camera, full_matrices=False)
    if sizes[0] < 1e-6:
        return unknown
    across, down = left @ right
    away = np.cross(across, down)
    forward = -np.array([across[2], down[2], away[2]])
    yaw = np.arctan2(forward[0], -forward[2])
    pitch = np.arcsin(np.clip(-forward[1], -1.0, 1.0))
    roll = np.arctan2(down[0], across[0])
    return tuple(np.degrees((yaw, pitch, roll)).tolist())


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


def smile_index(timeline: pd.DataFrame) -> tuple[float, float]:
    """Happy faces over all faces read with confidence, and happy frames over all frames with one.

    A face whose reading is unsure says nothing either way, like one that was not read. A frame is
    happy when at least half of the faces read in it with confidence are.

    Args:
        timeline: columns `frames`, `faces`, `unread`, `unsure` and `smile`, see `MoodBucket.row`.

    Returns:
        Both shares, 0 to 1; NaN where no face was read with confidence.
    """
    read = ((timeline["faces"] - timeline["unread"]) * timeline["frames"]).to_numpy(float)
    happy = read * timeline["smile"].to_numpy(float)
    sure = read * (1.0 - timeline["unsure"].to_numpy(float))
    seen = np.isfinite(happy) & (sure > 1e-6)
    if not seen.any():
        return float("nan"), float("nan")
    happy, sure = happy[seen], sure[seen]
    return float(happy.sum() / sure.sum()), float((happy >= 0.5 * sure).mean())


def expected_faces(faces: Sequence[float] | np.ndarray) -> float:
    """How many faces to expect where nobody said: the number reached in a tenth of the frames.

    Args:
        faces: faces in each frame. NaN is left out.
    """
    counts = np.asarray(faces, float)
    counts = counts[np.isfinite(counts)]
    return float(np.quantile(counts, 0.9, method="nearest")) if counts.size else 0.0


def presence(faces: Sequence[float] | np.ndarray, expected: float) -> np.ndarray:
    """Share of the expected faces that are visible, 0 to 1; NaN where none are expected."""
    counts = np.asarray(faces, float)
    if expected <= 0:
        return np.full(counts.shape, np.nan)
    return np.minimum(counts / expected, 1.0)
