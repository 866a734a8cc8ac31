"""The report on a recording: its tables, what follows from them, and where they are written.

It is made of tables alone, so an earlier export gives the same report as the recording did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE
from fer.mood.cues import expected_faces, presence, smile_index
from fer.mood.moments import find_moments
from fer.mood.shares import SHARES, dominant
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.mood.trigger import Event
from fer.report.report import save

if TYPE_CHECKING:
    from fer.media.probe import VideoFacts
    from fer.report.report import Voice

CUE_COLUMNS: tuple[str, ...] = ("presence", "posture", "turned", "blinks")
"""What a lecture's timeline has beyond `fer.mood.timeline.TIMELINE_COLUMNS`: share of the expected
faces visible, mean posture (see `fer.recordings.posture.Posture`), share of faces turned away or
moved, blinks that have just ended."""

FACE_COLUMNS: tuple[str, ...] = (
    "t",
    "track",
    "x",
    "y",
    "width",
    "height",
    *EMOTIONS,
    "state",
    "score",
    "yaw",
    "pitch",
    "roll",
    "posture",
    "ear",
)
"""Columns of `LectureReport.faces`: s; number of the face over time; pixels of the shown video;
smoothed probabilities; "read", "unsure" or "unread"; the detector's score; degrees; similarity
with the face's first picture in its segment; eye aspect ratio, where blinks were looked for."""


@dataclass(eq=False)
class LectureReport:
    """What is known of a recording after its analysis.

    Attributes:
        source: name of the recording.
        timeline: a row for each analysed frame: `TIMELINE_COLUMNS` and `CUE_COLUMNS`.
        faces: a row for each face in each analysed frame: `FACE_COLUMNS`.
        summary: plain numbers and texts, see `from_tables`.
        events: moments worth looking at, in order of time.
        video: facts of the file, or None where only tables are known.
        voice: the report on the sound, or None.
    """

    source: str
    timeline: pd.DataFrame
    faces: pd.DataFrame
    summary: dict
    events: list[Event]
    video: VideoFacts | None = None
    voice: Voice | None = None

    @classmethod
    def from_tables(
        cls,
        timeline: pd.DataFrame,
        faces: pd.DataFrame | None = None,
        *,
        source: str = "",
        video: VideoFacts | None = None,
        voice: Voice | None = None,
        expected: float | None = None,
    ) -> LectureReport:
        """A report from its tables, such as an earlier export; events and summary follow.

        Args:
            timeline: at least `TIMELINE_COLUMNS`; missing `CUE_COLUMNS` are added.
            faces: `FACE_COLUMNS`, or None where only the timeline is at hand.
            source: name of the recording.
            video: facts of the file.
            voice: report on the sound.
            expected: faces that should be visible; None estimates it, see
                `fer.mood.cues.expected_faces`.

        The summary holds `source`, `duration_s`, `frames`, `faces` (seen in all frames together),
        `mean_faces`, `max_faces`, `expected_faces`, `dominant` (None where nothing was read),
        `shares` (of each emotion and unsure), `unread` (share of faces), `unsure` (share of
        faces read), `valence` (mean, -1 to 1), `smile_index` (share of the faces read with
        confidence that are happy), `smile_index_frames` (share of frames), `presence`,
        `posture`, `turned` (means), `blinks_per_minute` (of one face) and `events` (their
        number). Numbers that could not be measured are None.

        Raises:
            ValueError: a column is missing.
        """
        missing = [name for name in TIMELINE_COLUMNS if name not in timeline.columns]
        if missing:
            raise ValueError(f"the timeline lacks {', '.join(missing)}")
        if faces is None:
            faces = pd.DataFrame({name: pd.Series(dtype=float) for name in FACE_COLUMNS})
        lacking = [name for name in ("t", "track", *EMOTIONS) if name not in faces.columns]
        if lacking:
            raise ValueError(f"the table of faces lacks {', '.join(lacking)}")
        timeline = timeline.sort_values("t", kind="stable", ignore_index=True)
        if expected is None:
            expected = expected_faces(timeline["faces"].to_numpy(float))
        if "presence" not in timeline.columns:
            timeline["presence"] = presence(timeline["faces"].to_numpy(float), expected)
        for name in CUE_COLUMNS:
            if name not in timeline.columns:
                timeline[name] = np.nan
        events = find_moments(timeline)
        summary = _summary(source, timeline, faces, events, expected, video, voice)
        return cls(source, timeline, faces, summary, events, video, voice)

    def save(self, folder: Path | str) -> dict[str, Path]:
        """Write the report's files to a folder; their paths by name."""
        return save(self, Path(folder))


def _summary(
    source: str,
    timeline: pd.DataFrame,
    face_table: pd.DataFrame,
    events: list[Event],
    expected: float,
    video: VideoFacts | None,
    voice: Voice | None,
) -> dict:
    seen = (timeline["faces"] * timeline["frames"]).to_numpy(float)
    unread = (timeline["unread"] * timeline["frames"]).to_numpy(float)
    read = seen - unread
    named = {name: _mean(timeline[name], read) for name in SHARES}
    happy_faces, happy_frames = smile_index(timeline)
    faces = float(np.nansum(seen))
    length = float(timeline["t"].iloc[-1]) if len(timeline) else 0.0
    if video is not None:
        length = video.duration_s
    elif voice is not None and not len(timeline):
        length = float(voice.timeline["t"].max())
    return {
        "source": source,
        "duration_s": round(length, 3),
        "frames": int(np.nansum(timeline["frames"])),
        "faces": round(faces),
        "mean_faces": _known(timeline["faces"].mean()),
        "max_faces": _known(timeline["faces"].max()),
        "expected_faces": expected,
        "dominant": dominant([named[name] or 0.0 for name in EMOTIONS]),
        "shares": named,
        "unread": _known(np.nansum(unread) / faces) if faces else None,
        "unsure": named[UNSURE],
        "valence": _mean(timeline["valence"], read),
        "smile_index": _known(happy_faces),
        "smile_index_frames": _known(happy_frames),
        "presence": _known(timeline["presence"].mean()),
        "posture": _known(timeline["posture"].mean()),
        "turned": _known(timeline["turned"].mean()),
        "blinks_per_minute": _blink_rate(timeline, face_table),
        "events": len(events),
    }


def _blink_rate(timeline: pd.DataFrame, faces: pd.DataFrame) -> float | None:
    """Blinks a minute of one face, over the time in which its eyes were seen."""
    if "ear" not in faces.columns or len(timeline) < 2:
        return None
    step = float(timeline["t"].diff().mean())
    seen = step * int(faces["ear"].notna().sum())
    return _known(60 * timeline["blinks"].sum() / seen) if seen > 0 else None


def _mean(values: pd.Series, weights: np.ndarray) -> float | None:
    numbers = values.to_numpy(float)
    known = np.isfinite(numbers) & (weights > 0)
    if not known.any():
        return None
    return _known(np.average(numbers[known], weights=weights[known]))


def _known(value: float) -> float | None:
    return None if not math.isfinite(value) else round(float(value), 5)
