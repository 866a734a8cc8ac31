"""The comparison of recordings of any length by their outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.emotions import classes_for
from fer.mood import timeline as tables
from fer.report.summary import was_live

PARTS = 60
"""Parts of equal length into which the course of a recording is divided."""


@dataclass(frozen=True, eq=False)
class Outline:
    """What is compared of a recording. It does not depend on the length of the recording.

    Attributes:
        shares: share of each emotion, float64 (7,) or (8,) in the order of `KNOWN`; None if no face
            was read.
        valence: mean valence in each of `PARTS` equal parts of the time, float64 (60,).
        length_s: length of the recording in s.
        live: whether it is of a live session, of which there is no recording.
    """

    shares: np.ndarray | None
    valence: np.ndarray
    length_s: float = 0.0
    live: bool = False


def outline(timeline: pd.DataFrame, summary: dict) -> Outline:
    """Make the outline of a recording.

    Args:
        timeline: the timeline of the whole recording.
        summary: the summary of its report. Summaries from earlier versions of the app count only
            the faces read with confidence; then the shares come from the timeline.
    """
    shares = tables.mean_shares(timeline)
    named = summary.get("shares", {})
    values = [named.get(name) for name in classes_for(named)]
    if "adjusted" in summary and None not in values:
        shares = np.array(values, float)
    length = float(summary.get("duration_s") or 0.0)
    curve = tables.evenly(timeline, "valence", PARTS)
    return Outline(shares, curve, length, was_live(summary))


def comparison(outlines: Sequence[Outline]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Returns the mean shares, (7,) or (8,), and the mean valence over the length, (60,), of
    recordings.

    Every recording counts once, whatever its length, and without contempt where the network did not
    know it. Both are None if no face was read in any.
    """
    shares = [one.shares for one in outlines if one.shares is not None]
    if not shares:
        return None, None
    curves = np.array([one.valence for one in outlines])
    known = np.isfinite(curves)
    total = np.where(known, curves, 0.0).sum(axis=0)
    counted = known.sum(axis=0)
    curve = np.divide(total, counted, out=np.full(curves.shape[1], np.nan), where=counted > 0)
    return np.mean(side_by_side(shares), axis=0), curve


def side_by_side(shares: Sequence[np.ndarray]) -> np.ndarray:
    """Returns shares of seven and of eight classes as one table, (n, 8), or (n, 7) without eight.

    Contempt is 0 where the network did not know it.

    Args:
        shares: of several recordings, at least one.
    """
    classes = max(map(len, shares))
    return np.array([np.pad(row, (0, classes - len(row))) for row in shares])
