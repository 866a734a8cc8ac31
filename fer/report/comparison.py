"""Recordings compared by their outlines, however long they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS
from fer.mood import timeline as tables


@dataclass(frozen=True, eq=False)
class Outline:
    """What recordings are compared by, however long they are.

    Attributes:
        shares: float64 (7,), share of each emotion; None where no face was read.
        valence: float64 (60,), its means over equal parts of the time.
        length_s: length of the recording, s.
    """

    shares: np.ndarray | None
    valence: np.ndarray
    length_s: float = 0.0


def outline(timeline: pd.DataFrame, summary: dict) -> Outline:
    """The outline of a recording.

    Args:
        timeline: of the whole recording.
        summary: of its report. That of a report from an earlier version of the app holds shares
            of the faces read with confidence alone; then the timeline is asked.
    """
    shares = tables.mean_shares(timeline)
    values = [summary.get("shares", {}).get(name) for name in EMOTIONS]
    if "adjusted" in summary and None not in values:
        shares = np.array(values, float)
    length = float(summary.get("duration_s") or 0.0)
    return Outline(shares, tables.evenly(timeline, "valence"), length)


def comparison(outlines: Sequence[Outline]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Mean shares (7,) and valence over the length (60,) of some recordings.

    Every recording counts once, whatever its length. None where no face was read in any.
    """
    shares = [one.shares for one in outlines if one.shares is not None]
    if not shares:
        return None, None
    curves = np.array([one.valence for one in outlines])
    known = np.isfinite(curves)
    total = np.where(known, curves, 0.0).sum(axis=0)
    counted = known.sum(axis=0)
    curve = np.divide(total, counted, out=np.full(curves.shape[1], np.nan), where=counted > 0)
    return np.mean(shares, axis=0), curve
