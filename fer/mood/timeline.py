"""Views of a recording's tables: a period, one face, the voice, fewer rows for a drawing.

A timeline has one row per sample, the columns of `TIMELINE_COLUMNS`, and further columns for its
cues. A table of faces has one row per face and sample, with `t`, `track`, the box, the
probabilities of the emotions, `state` and the cues of the face. Every function returns a new table
and leaves its arguments as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES, known_in, valences, with_classes
from fer.faces.core import FaceState

TIMELINE_COLUMNS: tuple[str, ...] = (
    "t",
    "frames",
    "faces",
    "unread",
    *EMOTIONS,
    UNSURE,
    "valence",
    "smile",
)
"""Columns of every timeline, live or recorded, see `fer.mood.tabulate.tabulate`. There is one for
contempt, too, where the network knows it."""

VALENCE_BAND = ("valence_low", "valence_high")
PLEASANT_BAND = ("pleasant_low", "pleasant_high")
UNPLEASANT_BAND = ("unpleasant_low", "unpleasant_high")
BAND_COLUMNS = (*VALENCE_BAND, *PLEASANT_BAND, *UNPLEASANT_BAND)
"""Bounds of the 90 % intervals of the valence and of the shares of two of the groups of
`fer.mood.groups`. Timelines from earlier versions and of voices lack them."""


def between(table: pd.DataFrame, start: float, end: float) -> pd.DataFrame:
    """The rows with `start` <= t <= `end`, in seconds."""
    return table[(table["t"] >= start) & (table["t"] <= end)].reset_index(drop=True)


def mean_shares(timeline: pd.DataFrame) -> np.ndarray | None:
    """Mean share of each emotion over the rows, weighted by the number of faces read.

    This is for callers that have only a timeline. If the readings of the faces are known,
    `fer.mood.prevalence.class_shares` of all of them gives better shares.

    Returns:
        Float64 (7,) or (8,) in the order of `KNOWN`; None if no face was read.
    """
    weights = _read_faces(timeline)
    shares = timeline[known_in(timeline.columns)].to_numpy(dtype=float)
    known = (weights > 0) & np.isfinite(shares).all(axis=1)
    total = float(weights[known].sum())
    return weights[known] @ shares[known] / total if total > 0 else None


def mean_of(timeline: pd.DataFrame, column: str) -> float | None:
    """Mean of a column over all faces read in all frames; None if no face was read."""
    weights = _read_faces(timeline)
    values = timeline[column].to_numpy(dtype=float)
    known = (weights > 0) & np.isfinite(values)
    total = float(weights[known].sum())
    return float(weights[known] @ values[known] / total) if total > 0 else None


def _read_faces(timeline: pd.DataFrame) -> np.ndarray:
    read = timeline["frames"] * (timeline["faces"] - timeline["unread"])
    return np.nan_to_num(read.to_numpy(dtype=float))


def evenly(timeline: pd.DataFrame, column: str, parts: int) -> np.ndarray:
    """Means of a column over equal parts of the time, float64 (parts,); NaN in a part without
    values.

    If a recording is so short that there are fewer samples than parts, the empty parts are
    interpolated from their neighbours.
    """
    if timeline.empty:
        return np.full(parts, np.nan)
    t = timeline["t"].to_numpy(dtype=float)
    values = timeline[column].to_numpy(dtype=float)
    first, last = t[0], t[-1]
    centres = first + (np.arange(parts) + 0.5) / parts * (last - first)
    if len(t) < 2 * parts:
        known = np.isfinite(values)
        return np.interp(centres, t[known], values[known]) if known.any() else centres * np.nan
    part = np.minimum(((t - first) / (last - first) * parts).astype(int), parts - 1)
    return pd.Series(values).groupby(part).mean().reindex(range(parts)).to_numpy()


def thin(table: pd.DataFrame, rows: int, extremes: Sequence[str] = ()) -> pd.DataFrame:
    """Reduce the number of rows for a drawing, without losing a peak.

    The table is cut into stretches with equal numbers of rows. Each stretch keeps its first row
    and, for each column in `extremes`, the rows with the lowest and the highest value. Rows are
    kept as they are, not averaged, so shares still sum to 1 and every point drawn was measured.

    Args:
        table: rows in order of time.
        rows: approximate maximum number of rows to keep.
        extremes: columns whose peaks matter.
    """
    if len(table) <= rows:
        return table
    stretches = max(1, rows // (1 + 2 * len(extremes)))
    group = np.arange(len(table)) * stretches // len(table)
    kept = set(np.flatnonzero(np.diff(group, prepend=-1)))
    for column in extremes:
        values = pd.Series(table[column].to_numpy(dtype=float))
        known = values.notna().to_numpy()
        by_stretch = values[known].groupby(group[known])
        kept.update(by_stretch.idxmin(), by_stretch.idxmax())
    # A gap has to remain a gap: keep the rows at which data end and begin again.
    missing = table[extremes[0]].isna().to_numpy() if len(extremes) else np.zeros(len(table), bool)
    kept.update(np.flatnonzero(np.diff(missing.astype(int), prepend=0) != 0))
    return table.iloc[np.array(sorted(kept))].reset_index(drop=True)


def blinks_a_minute(timeline: pd.DataFrame, window_s: float = 60.0) -> pd.DataFrame | None:
    """Blinks per minute of one face over the last `window_s` seconds.

    Returns:
        A table with the columns `t` and `blinks`; None if blinks were not counted.
    """
    if "blinks" not in timeline.columns or timeline["blinks"].isna().all():
        return None
    table = timeline[["blinks", "faces"]].set_index(pd.to_timedelta(timeline["t"], unit="s"))
    # A frame represents the time since the previous one, in which each face could have blinked.
    table["minutes"] = table["faces"] * timeline["t"].diff().fillna(0.0).to_numpy() / 60.0
    total = table.rolling(pd.Timedelta(seconds=window_s)).sum()
    # Ten seconds of one face are too short for a rate.
    rate = (total["blinks"] / total["minutes"]).where(total["minutes"] >= 1 / 6).to_numpy()
    return pd.DataFrame({"t": timeline["t"].to_numpy(dtype=float), "blinks": rate})


def tracks(faces: pd.DataFrame) -> pd.DataFrame:
    """One row per face: `track`, number of `rows`, and times `first` and `last` in seconds.

    The face that was seen most comes first.
    """
    groups = faces.groupby("track")["t"]
    table = groups.agg(rows="size", first="min", last="max").reset_index()
    return table.sort_values(["rows", "track"], ascending=[False, True], ignore_index=True)


def nearest(times: pd.Series, targets: pd.Series) -> np.ndarray:
    """The nearest row of `times` for each of `targets`.

    Times of two tables need not be equal, because an export rounds them. Of two rows that are
    equally near, the earlier one is taken; `get_indexer` of pandas takes the later one and rejects
    repeated times.

    Args:
        times: in seconds, ascending, at least one.
        targets: in seconds, in any order.

    Returns:
        int (n,), positions in `times`.
    """
    known, sought = times.to_numpy(dtype=float), targets.to_numpy(dtype=float)
    right = np.searchsorted(known, sought).clip(1, max(1, len(known) - 1))
    left = right - 1
    right = right.clip(max=len(known) - 1)
    return np.where(sought - known[left] <= known[right] - sought, left, right)


def of_track(faces: pd.DataFrame, track: int, times: pd.Series) -> pd.DataFrame:
    """One face as a timeline: a row for each of `times`, NaN if the face was not seen.

    The head pose and the posture are copied if they are known.

    Args:
        faces: table of all faces of the recording.
        track: number of the face.
        times: the times of the recording's timeline, in seconds.
    """
    seen = faces[faces["track"] == track]
    names = known_in(seen.columns)
    probabilities = seen[names].to_numpy(dtype=float)
    if "state" in seen.columns:
        unsure = (seen["state"] == FaceState.UNSURE.value).to_numpy()
        unread = (seen["state"] == FaceState.UNREAD.value).to_numpy()
    else:
        unsure = unread = np.zeros(len(seen), bool)
    shares = np.where(unread[:, None], np.nan, probabilities)
    columns = with_classes(TIMELINE_COLUMNS, len(names))
    table = pd.DataFrame(np.nan, index=range(len(times)), columns=list(columns))
    table["t"] = times.to_numpy(dtype=float)
    table["frames"], table["faces"], table["unread"] = 1.0, 0.0, 0.0
    rows = nearest(times, seen["t"]) if len(times) else np.zeros(0, int)
    table.loc[rows, names] = shares
    table.loc[rows, UNSURE] = np.where(unread, np.nan, unsure)
    table.loc[rows, "valence"] = shares @ valences(len(names))
    table.loc[rows, "smile"] = shares[:, names.index("happy")]
    table.loc[rows, "faces"] = 1.0
    table.loc[rows, "unread"] = unread.astype(float)
    for name in ("yaw", "pitch", "roll", "posture"):
        if name in seen.columns:
            table[name] = np.nan
            table.loc[rows, name] = seen[name].to_numpy(dtype=float)
    return table


def of_voice(voice: pd.DataFrame) -> pd.DataFrame:
    """The voice as a timeline with `TIMELINE_COLUMNS`; NaN while nobody speaks.

    While the tone is unsure, everything but that is NaN, too.
    """
    speech = voice["speech"].to_numpy(dtype=bool)
    table = voice[["t", *EMOTIONS]].astype(float).copy()
    if UNSURE in voice.columns:
        table[UNSURE] = voice[UNSURE].astype(float)
    else:
        table[UNSURE] = 0.0
    table["valence"] = table[list(EMOTIONS)].to_numpy() @ VALENCES
    if "valence" in voice.columns:
        table["valence"] = voice["valence"].astype(float)
    table["smile"] = table["happy"]
    table.loc[~speech, UNSURE] = np.nan
    table.loc[~(table[UNSURE] < 1), [*EMOTIONS, "valence", "smile"]] = np.nan
    table["frames"], table["faces"], table["unread"] = 1.0, speech.astype(float), 0.0
    return table[list(TIMELINE_COLUMNS)]
