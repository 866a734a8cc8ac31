"""Cues of one face or of a class beyond the emotions: smile, posture, head pose, presence.

None of them measures attention. Each carries a label that says how far it can be trusted, and
what it is not for; the page shows both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

MEASURED, HEURISTIC, EXPERIMENTAL = "measured", "heuristic", "experimental"


@dataclass(frozen=True)
class Cue:
    """The meaning of a cue, and how far it can be trusted.

    Attributes:
        label: "measured", "heuristic" (a rule of thumb on measured values) or "experimental"
            (unproven: treat it with doubt).
        meaning: one sentence for the pages.
        not_for: what the cue must not be used for, for the pages.
    """

    label: str
    meaning: str
    not_for: str


CUES: dict[str, Cue] = {
    "smile": Cue(
        MEASURED,
        "Share of the faces read that look happy.",
        "It does not say why somebody smiles, or whether they enjoy the lecture.",
    ),
    "presence": Cue(
        HEURISTIC,
        "Number of visible faces divided by the number expected.",
        "It is not an attendance list: people who look down or sit behind somebody are not seen.",
    ),
    "head pose": Cue(
        HEURISTIC,
        "Direction of the head in degrees, from five points of the face. In faces under about 100 "
        "pixels it turns out too small.",
        "It does not say where somebody looks, nor whether they listen.",
    ),
    "posture": Cue(
        HEURISTIC,
        "Similarity of a face to its first picture in the same part of the recording. A part is "
        "at least a minute long, in a quick look ten minutes. Below 0.6 the person has turned "
        "away or moved.",
        "Taking notes looks the same as looking away. It is not for grading or discipline.",
    ),
    "blinks": Cue(
        EXPERIMENTAL,
        "Closings of the eyes per minute, from 68 points of the face.",
        "It says nothing about tiredness or honesty. Laughing narrows the eyes, which may count as "
        "a blink.",
    ),
}

TURNED_BELOW = 0.6
"""A face whose posture is below this counts as turned away or moved."""


def smile_index(timeline: pd.DataFrame) -> tuple[float, float]:
    """Share of happy among the faces read, and share of the frames in which half of them are.

    Args:
        timeline: columns `frames`, `faces`, `unread` and `smile`, see `fer.mood.tabulate`.

    Returns:
        Both shares, 0 to 1; NaN where no face was read.
    """
    read = ((timeline["faces"] - timeline["unread"]) * timeline["frames"]).to_numpy(float)
    smile = timeline["smile"].to_numpy(float)
    seen = np.isfinite(smile) & (read > 0)
    if not seen.any():
        return float("nan"), float("nan")
    return float(np.average(smile[seen], weights=read[seen])), float((smile[seen] >= 0.5).mean())


def expected_faces(faces: Sequence[float] | np.ndarray) -> float:
    """Number of faces to expect if nobody has said it: the number reached in a tenth of the frames.

    Args:
        faces: number of faces in each frame; NaN is ignored.
    """
    counts = np.asarray(faces, float)
    counts = counts[np.isfinite(counts)]
    return float(np.quantile(counts, 0.9, method="nearest")) if counts.size else 0.0


def presence(faces: Sequence[float] | np.ndarray, expected: float) -> np.ndarray:
    """Share of the expected faces that are visible, 0 to 1; NaN if no faces are expected."""
    counts = np.asarray(faces, float)
    if expected <= 0:
        return np.full(counts.shape, np.nan)
    return np.minimum(counts / expected, 1.0)
