"""Finds the moments of a recording that are worth looking at: a timeline in, events out.

These are rises and falls of the mood, stretches that look like confusion, negative mood, low
presence and laughter. The limits are rules of thumb, chosen so that no single frame starts an
event.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fer.emotions import NEGATIVE
from fer.mood.cues import EXPERIMENTAL, HEURISTIC
from fer.mood.trigger import Event, Trigger
from fer.text import signed


@dataclass(frozen=True)
class Sort:
    """One sort of event.

    Attributes:
        kind: name of the event.
        label: how far it can be trusted, see `fer.mood.cues.Cue`.
        onset, offset, hold_s: see `fer.mood.trigger.Trigger`.
        smooth_s: the signal is averaged over this many seconds, half of them before each row.
        signal: calculates one value per row of a timeline; NaN if nothing was measured.
        text: sentence for the pages; `{strength}`, `{length}` and `{usual}` are filled in.
    """

    kind: str
    label: str
    onset: float
    offset: float
    hold_s: float
    smooth_s: float
    signal: Callable[[pd.DataFrame], pd.Series]
    text: str


def _valence_shift(timeline: pd.DataFrame) -> pd.Series:
    return timeline["valence"] - timeline["valence"].median()


def _negative(timeline: pd.DataFrame) -> pd.Series:
    return timeline[timeline.columns.intersection(list(NEGATIVE))].sum(axis=1, min_count=1)


def _confusion(timeline: pd.DataFrame) -> pd.Series:
    # Confusion is not a class of the network. Its signs are a lowered brow and raised or tightened
    # lids (Grafsgaard et al. 2011; D'Mello and Graesser 2012), which are read as these four.
    return timeline[["angry", "fear", "sad", "surprise"]].sum(axis=1, min_count=1)


SORTS: tuple[Sort, ...] = (
    Sort(
        "mood rise",
        HEURISTIC,
        0.25,
        0.10,
        4.0,
        6.0,
        _valence_shift,
        "Mood rose for {length} s, up to {strength:.2f} above the usual valence of {usual}.",
    ),
    Sort(
        "mood fall",
        HEURISTIC,
        -0.25,
        -0.10,
        4.0,
        6.0,
        _valence_shift,
        "Mood fell for {length} s, up to {strength:.2f} below the usual valence of {usual}.",
    ),
    Sort(
        "negative mood",
        HEURISTIC,
        0.40,
        0.30,
        15.0,
        3.0,
        _negative,
        "Unpleasant expressions reached {strength:.0%} of the faces read, for {length} s.",
    ),
    Sort(
        "confusion",
        EXPERIMENTAL,
        0.55,
        0.40,
        6.0,
        4.0,
        _confusion,
        "Frowns, sadness, fear and surprise together reached {strength:.0%} for {length} s, "
        "as faces show when something is hard to follow.",
    ),
    Sort(
        "low presence",
        HEURISTIC,
        0.50,
        0.60,
        10.0,
        2.0,
        lambda timeline: timeline["presence"],
        "As few as {strength:.0%} of the expected faces were visible, for {length} s.",
    ),
    Sort(
        "laughter",
        HEURISTIC,
        0.60,
        0.40,
        2.0,
        2.0,
        lambda timeline: timeline["smile"],
        "Up to {strength:.0%} of the faces read were smiling or laughing, for {length} s.",
    ),
)
"""All sorts of events."""

LABELS: dict[str, str] = {sort.kind: sort.label for sort in SORTS}
"""How far each kind of event can be trusted."""

TITLES = {"negative mood": "unpleasant expressions"}
"""Titles of the kinds that pages call by another name. The names stay in what was kept before."""


def title_of(kind: str) -> str:
    """The title of a kind of event for the pages; it says so if the event is experimental."""
    title = TITLES.get(kind, kind)
    return f"{title} ({EXPERIMENTAL})" if LABELS.get(kind) == EXPERIMENTAL else title


def find_moments(timeline: pd.DataFrame) -> list[Event]:
    """The events of a timeline, in order of their start.

    Args:
        timeline: rows in order of time, with `t`, the emotions, `valence`, `smile`, `presence`.
    """
    events: list[Event] = []
    if len(timeline):
        for sort in SORTS:
            events.extend(_events(sort, timeline))
    return sorted(events, key=lambda event: (event.start, event.kind))


def _events(sort: Sort, timeline: pd.DataFrame) -> list[Event]:
    times = timeline["t"].to_numpy(float)
    values = _smooth(times, sort.signal(timeline).to_numpy(float), sort.smooth_s)
    trigger = Trigger(sort.onset, sort.offset, sort.hold_s, _gap(times))
    usual = float(np.nanmedian(timeline["valence"])) if timeline["valence"].notna().any() else 0.0
    events: list[Event] = []
    for t, value in zip(times.tolist(), values.tolist(), strict=True):
        change = trigger.update(t, None if np.isnan(value) else value)
        if change == "start":
            events.append(Event(sort.kind, trigger.since, None, trigger.extreme, ""))
        elif change == "end":
            events[-1] = replace(events[-1], end=trigger.since)
        if events and (trigger.active or change == "end"):
            events[-1] = replace(events[-1], strength=trigger.extreme)
    closed = []
    for event in events:
        end = float(times[-1]) if event.end is None else event.end
        # Lists write the start and the end in whole seconds, so the length is theirs.
        length = math.floor(end + 1e-6) - math.floor(event.start + 1e-6)
        strength = abs(event.strength)  # the sentence says in which direction
        text = sort.text.format(strength=strength, length=length, usual=signed(usual))
        closed.append(replace(event, end=end, strength=round(event.strength, 4), text=text))
    return closed


def _gap(times: np.ndarray) -> float:
    """Longest time in seconds without a face that an event bridges.

    A quick look takes its pictures far apart, so it is longer there.
    """
    return max(10.0, 2.5 * float(np.median(np.diff(times)))) if len(times) > 1 else 10.0


def _smooth(times: np.ndarray, values: np.ndarray, width: float) -> np.ndarray:
    """Mean of the values within `width / 2` seconds on either side; NaN is ignored."""
    series = pd.Series(values, index=pd.to_timedelta(times, unit="s"))
    window = series.rolling(pd.Timedelta(seconds=width), min_periods=1, center=True, closed="both")
    return window.mean().to_numpy()
