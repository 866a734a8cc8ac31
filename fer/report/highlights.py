"""A report in a few sentences: how the class was, and when it was at its best and worst."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS
from fer.mood.groups import Group, GroupShare, group_shares, group_values
from fer.mood.headline import headline
from fer.mood.timeline import mean_shares
from fer.report.report import Report
from fer.text import clock

SMOOTH_S = 20.0
"""The best and the worst moment are those of the mean over so many seconds."""

WORTH_SAYING = 0.1
"""Difference in valence below which no moment stands out."""

BEST = "Most pleasant around {when}: {groups} (valence {valence})."
WORST = "Least pleasant around {when}: {groups} (valence {valence})."
NO_FACE = "No face was found."
EVEN = "No moment stands out: the mood hardly changes."


def highlights(report: Report) -> list[str]:
    """Sentences that say what a report comes to; none where there are no faces to speak of."""
    timeline = report.timeline
    if not len(timeline):
        return []
    frames = timeline["frames"].to_numpy(float)
    faces, unread = (timeline[name].to_numpy(float) for name in ("faces", "unread"))
    total = np.nansum(frames)
    seen = float(np.nansum(frames * faces) / total) if total else 0.0
    readable = seen - (float(np.nansum(frames * unread) / total) if total else 0.0)
    if not seen:
        return [NO_FACE]
    first = headline(_groups(report), seen=seen, readable=readable)
    return [first, *_moments(timeline)]


def _groups(report: Report) -> list[GroupShare]:
    shares = report.shares()
    if shares is not None:
        return group_shares(shares)
    values = mean_shares(report.timeline)
    if values is None:
        return []
    # A timeline alone tells no interval.
    return [
        GroupShare(group, float(value), float(value), float(value))
        for group, value in zip(Group, group_values(values[: len(EMOTIONS)]), strict=True)
    ]


def _moments(timeline: pd.DataFrame) -> list[str]:
    known = timeline[timeline["valence"].notna()]
    if known.empty:
        return []
    by_time = known.set_index(pd.to_timedelta(known["t"], unit="s"))
    columns = by_time[["valence", *EMOTIONS]].astype(float)
    means = columns.rolling(pd.Timedelta(seconds=SMOOTH_S), center=True, closed="both").mean()
    valence = means["valence"].to_numpy()
    best, worst = int(valence.argmax()), int(valence.argmin())
    if valence[best] - valence[worst] < WORTH_SAYING:
        return [EVEN]
    return [
        text.format(
            when=clock(float(known["t"].iloc[row])),
            groups=_named(means[list(EMOTIONS)].iloc[row].to_numpy()),
            valence=f"{valence[row]:+.2f}".replace("-", "−"),
        )
        for text, row in ((BEST, best), (WORST, worst))
    ]


def _named(values: np.ndarray) -> str:
    """The emotion groups that matter at a moment, the largest first."""
    parts = sorted(zip(group_values(values), Group, strict=True), reverse=True)
    return ", ".join(f"{group.value} {share:.0%}" for share, group in parts if share >= 0.1)
