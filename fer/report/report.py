"""The report on a recording or a live session: its tables, and what follows from them.

It is made of tables alone, so an earlier export gives the same report as the recording did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS
from fer.faces.core import FaceState
from fer.mood import timeline as tables
from fer.mood.cues import expected_faces, presence
from fer.mood.moments import find_moments
from fer.mood.prevalence import Prevalence, Shares, grouped_shares
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.report.marks import MARK, marks_column
from fer.report.summary import summarise
from fer.speech.speech_report import SpeechReport

if TYPE_CHECKING:
    from fer.media.probe import VideoFacts

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
class Report:
    """What is known of a recording, of a live session, or of an earlier export of either.

    Attributes:
        source: name of the recording.
        timeline: a row for each analysed frame: `TIMELINE_COLUMNS` and `CUE_COLUMNS`.
        faces: a row for each face in each analysed frame: `FACE_COLUMNS`.
        summary: plain numbers and texts, see `from_tables`.
        events: moments worth looking at, in order of time.
        video: facts of the file, or None where only tables are known.
        voice: the report on the sound, or None.
        prevalence: how the faces of each class look to the network that read them, or None.
        marks: moments that the instructor marked, in order of time.
    """

    source: str
    timeline: pd.DataFrame
    faces: pd.DataFrame
    summary: dict
    events: list[Event]
    video: VideoFacts | None = None
    voice: SpeechReport | None = None
    prevalence: Prevalence | None = None
    marks: list[Mark] = field(default_factory=list)

    @classmethod
    def from_tables(
        cls,
        timeline: pd.DataFrame,
        faces: pd.DataFrame | None = None,
        *,
        source: str = "",
        video: VideoFacts | None = None,
        voice: SpeechReport | None = None,
        expected: float | None = None,
        prevalence: Prevalence | None = None,
        remarks: Sequence[str] = (),
        marks: Sequence[Mark] = (),
    ) -> Self:
        """A report from its tables, such as an earlier export; events and summary follow.

        Args:
            timeline: at least `TIMELINE_COLUMNS`; missing `CUE_COLUMNS` are added.
            faces: `FACE_COLUMNS`, or None where only the timeline is at hand.
            source: name of the recording.
            video: facts of the file.
            voice: report on the sound.
            expected: faces that should be visible; None estimates it, see
                `fer.mood.cues.expected_faces`.
            prevalence: of the network that read the faces; None gives mean probabilities.
            remarks: sentences on what is missing from the report and why.
            marks: moments that the instructor marked.

        The summary holds `source`, `duration_s`, `frames`, `faces` (seen in all frames together),
        `mean_faces`, `max_faces`, `expected_faces`, `dominant` (None where nothing was read),
        `shares` (of each emotion among the faces read), `shares_low` and `shares_high` (their
        90 % intervals; None where only a timeline is at hand), `adjusted` (whether the class's own
        mixture was put in), `unread` (share of faces), `unsure` (share of faces read), `valence`
        (mean, -1 to 1), `smile_index` (share of happy among the faces read),
        `smile_index_frames` (share of frames in which half of them are), `presence`,
        `posture`, `turned` (means), `blinks_per_minute` (of one face) and `events` (their
        number); and `remarks` where there are some. Numbers that could not be measured are None.

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
        marks = sorted(marks, key=lambda mark: mark.t)
        report = cls(source, timeline, faces, {}, events, video, voice, prevalence, marks)
        report.summary = summarise(
            source, timeline, faces, events, expected, video, voice, report.shares()
        )
        if remarks:
            report.summary["remarks"] = list(remarks)
        return report

    def shares(self) -> Shares | None:
        """The class's shares over all faces read, with intervals; None without their readings.

        An earlier export may hold a timeline alone: then `fer.mood.timeline.mean_shares` is the
        best that can be had.
        """
        faces = self.faces
        if "state" in faces.columns:
            faces = faces[faces["state"] != FaceState.UNREAD.value]
        if not len(faces):
            return None
        try:
            return grouped_shares(
                faces[list(EMOTIONS)].to_numpy(float), faces["track"].to_numpy(), self.prevalence
            )
        except ValueError:  # an imported table may hold anything
            return None

    def span(self) -> tuple[float, float]:
        """First and last time of the tables, s; (0, 0) where they are empty."""
        ends = [
            (float(table["t"].iloc[0]), float(table["t"].iloc[-1]))
            for table in (self.timeline, None if self.voice is None else self.voice.timeline)
            if table is not None and len(table)
        ]
        return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else (0.0, 0.0)

    def part(self, start: float, end: float) -> Self:
        """The part between two times in s, with its marks and the events that touch it."""
        voice = self.voice
        if voice is not None:
            voice = SpeechReport.of(tables.between(voice.timeline, start, end))
        return replace(
            self,
            timeline=tables.between(self.timeline, start, end),
            faces=tables.between(self.faces, start, end),
            events=[e for e in self.events if e.start <= end and (e.end is None or e.end >= start)],
            voice=voice,
            marks=[mark for mark in self.marks if start <= mark.t <= end],
        )

    def moments(self) -> list[Event]:
        """Events and marks in order of time; a mark is an event of kind "mark", of no length."""
        marks = [Event(MARK, mark.t, mark.t, 0.0, mark.text) for mark in self.marks]
        return sorted([*self.events, *marks], key=lambda event: event.start)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables as exports hold them, by the names of their files.

        Where there are marks, the timeline has a column for them, as that of a live session has.
        """
        timeline = self.timeline
        if self.marks and len(timeline):
            timeline = timeline.assign(mark=marks_column(timeline["t"], self.marks))
        found = {"timeline": timeline, "faces": self.faces}
        if self.voice is not None:
            found["voice"] = self.voice.timeline
        return found
