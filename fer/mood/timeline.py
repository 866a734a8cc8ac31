"""Views of a recording's tables: a period, one face, the voice, fewer rows for a drawing.

A timeline has one row per sample and the columns of `TIMELINE_COLUMNS`, and more
for its cues; a table of faces has one row per face and sample: `t`, `track`, the box, the
probabilities of the emotions, `state` and its cues. Neither is changed here: every function returns
a new table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
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
"""Columns of every timeline, live or recorded, see `fer.mood.tabulate.tabulate`."""


def between(table: pd.DataFrame, start: float, end: float) -> pd.DataFrame:
    """The rows with `start` <= t <= `end`, in seconds."""
    return table[(table["t"] >= start) & (table["t"] <= end)].reset_index(drop=True)


def mean_shares(timeline: pd.DataFrame) -> np.ndarray | None:
    """Float64 (7,): mean over the rows of each emotion's share, weighted by the faces read.

    It serves where only a timeline is at hand. Where the readings of the faces are, the shares of
    all of them at once are better, see `fer.mood.prevalence.class_shares`. None where no face was
    read.
    """
    weights = _read_faces(timeline)
    shares = timeline[list(EMOTIONS)].to_numpy(dtype=float)
    known = (weights > 0) & np.isfinite(shares).all(axis=1)
    total = float(weights[known].sum())
    return weights[known] @ shares[known] / total if total > 0 else None


def mean_of(timeline: pd.DataFrame, column: str) -> float | None:
    """Mean of a column over all faces read in all frames; None where no face was read."""
    weights = _read_faces(timeline)
    values = timeline[column].to_numpy(dtype=float)
    known = (weights > 0) & np.isfinite(values)
    total = float(weights[known].sum())
    return float(weights[known] @ values[known] / total) if total > 0 else None


def _read_faces(timeline: pd.DataFrame) -> np.ndarray:
    read = timeline["frames"] * (timeline["faces"] - timeline["unread"])
    return np.nan_to_num(read.to_numpy(dtype=float))


def evenly(timeline: pd.DataFrame, column: str, parts: int = 60) -> np.ndarray:
    """Means of a column over `parts` equal parts of the time; NaN in a part without values.

    Parts are finer than the samples of a short recording: then neighbours fill the empty ones.
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
    """Fewer rows for a drawing, without losing a peak.

    The table is cut into stretches of equal numbers of rows. Each keeps its first row and, for
    each column in `extremes`, the rows with its lowest and highest value. Rows are kept as they
    are, not averaged, so shares still sum to 1 and every point drawn was measured.

    Args:
        rows: about how many rows to keep at most.
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
    # A gap must stay one: the first row without data after one with data, and the other way round.
    missing = table[extremes[0]].isna().to_numpy() if len(extremes) else np.zeros(len(table), bool)
    kept.update(np.flatnonzero(np.diff(missing.astype(int), prepend=0) != 0))
    return table.iloc[np.array(sorted(kept))].reset_index(drop=True)


def blinks_a_minute(timeline: pd.DataFrame, window_s: float = 60.0) -> pd.DataFrame | None:
    """Blinks a minute of one face over the last `window_s`; columns `t` and `blinks`.

    None where blinks were not looked for.
    """
    if "blinks" not in timeline.columns or timeline["blinks"].isna().all():
        return None
    table = timeline[["blinks", "faces"]].set_index(pd.to_timedelta(timeline["t"], unit="s"))
    # A frame stands for the time since the one before, in which each face could have blinked.
    table["minutes"] = table["faces"] * timeline["t"].diff().fillna(0.0).to_numpy() / 60.0
    total = table.rolling(pd.Timedelta(seconds=window_s)).sum()
    # Ten seconds of one face are too short for a rate.
    rate = (total["blinks"] / total["minutes"]).where(total["minutes"] >= 1 / 6).to_numpy()
    return pd.DataFrame({"t": timeline["t"].to_numpy(dtype=float), "blinks": rate})


def tracks(faces: pd.DataFrame) -> pd.DataFrame:
    """One row per face over time, most seen first: `track`, `rows`, `first` and `last` in s."""
    groups = faces.groupby("track")["t"]
    table = groups.agg(rows="size", first="min", last="max").reset_index()
    return table.sort_values(["rows", "track"], ascending=[False, True], ignore_index=True)


def nearest(times: pd.Series, wanted: pd.Series) -> np.ndarray:
    """For each of `wanted`, the row of `times` that lies nearest to it.

    Times of two tables need not be equal: an export rounds them. Of two rows that are equally near
    the earlier is taken; pandas' own `get_indexer` takes the later and refuses repeated times.

    Args:
        times: s, ascending, at least one.
        wanted: s, in any order.

    Returns:
        int (n,), positions in `times`.
    """
    known, asked = times.to_numpy(dtype=float), wanted.to_numpy(dtype=float)
    right = np.searchsorted(known, asked).clip(1, max(1, len(known) - 1))
    left = right - 1
    right = right.clip(max=len(known) - 1)
    return np.where(asked - known[left] <= known[right] - asked, left, right)


def of_track(faces: pd.DataFrame, track: int, times: pd.Series) -> pd.DataFrame:
    """One face as a timeline: a row for each of `times`, NaN where the face was not seen.

    The head pose and the posture are carried over where they are known.

    Args:
        faces: of the whole recording.
        track: number of the face.
        times: of the recording's timeline.
    """
    seen = faces[faces["track"] == track]
    probabilities = seen[list(EMOTIONS)].to_numpy(dtype=float)
    if "state" in seen.columns:
        unsure = (seen["state"] == FaceState.UNSURE.value).to_numpy()
        unread = (seen["state"] == FaceState.UNREAD.value).to_numpy()
    else:
        unsure = unread = np.zeros(len(seen), bool)
    shares = np.where(unread[:, None], np.nan, probabilities)
    table = pd.DataFrame(np.nan, index=range(len(times)), columns=list(TIMELINE_COLUMNS))
    table["t"] = times.to_numpy(dtype=float)
    table["frames"], table["faces"], table["unread"] = 1.0, 0.0, 0.0
    rows = nearest(times, seen["t"]) if len(times) else np.zeros(0, int)
    table.loc[rows, list(EMOTIONS)] = shares
    table.loc[rows, UNSURE] = np.where(unread, np.nan, unsure)
    table.loc[rows, "valence"] = shares @ VALENCES
    table.loc[rows, "smile"] = shares[:, EMOTIONS.index("happy")]
    table.loc[rows, "faces"] = 1.0
    table.loc[rows, "unread"] = unread.astype(float)
    for name in ("yaw", "pitch", "roll", "posture"):
        if name in seen.columns:
            table[name] = np.nan
            table.loc[rows, name] = seen[name].to_numpy(dtype=float)
    return table


def of_voice(voice: pd.DataFrame) -> pd.DataFrame:
    """The timeline of a voice with `TIMELINE_COLUMNS`: NaN where nobody speaks."""
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
    table.loc[~speech, [*EMOTIONS, UNSURE, "valence", "smile"]] = np.nan
    table["frames"], table["faces"], table["unread"] = 1.0, speech.astype(float), 0.0
    return table[list(TIMELINE_COLUMNS)]
