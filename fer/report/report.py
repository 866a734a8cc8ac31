"""The report on a recording or a live session: its tables, and what follows from them.

A report is made from tables alone, so an earlier export gives the same report as its recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, known_in, valences
from fer.faces.core import FaceState
from fer.mood import timeline as tables
from fer.mood.cues import expected_faces, presence
from fer.mood.moments import find_moments
from fer.mood.prevalence import Prevalence, Shares, grouped_shares
from fer.mood.sums_table import total_of
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.report.marks import MARK, marks_column
from fer.report.summary import span, summarise, was_live
from fer.speech.speech_report import SpeechReport

if TYPE_CHECKING:
    from fer.media.probe import VideoFacts

CUE_COLUMNS: tuple[str, ...] = ("presence", "posture", "turned", "blinks")
"""The columns that the timeline of a lecture has in addition to `TIMELINE_COLUMNS`: the share of
the expected faces that are visible, the mean posture (see `fer.recordings.posture.Posture`), the
share of faces that are turned away or have moved, and the number of blinks that have just ended."""

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
"""The columns of `Report.faces`: the time in s; the number of the face over time; its bounding box
in pixels of the shown video; smoothed probabilities; "read", "unsure" or "unread"; the score of the
detector; three angles in degrees; the similarity with the first picture of the face in its segment;
and the eye aspect ratio, if blinks were counted. The probability of contempt follows that of
neutral where the network knows it."""


@dataclass(eq=False)
class Report:
    """The result of a recording, of a live session, or of an earlier export of one of them.

    Attributes:
        source: name of the recording.
        timeline: a row for each analysed frame, with `TIMELINE_COLUMNS` and `CUE_COLUMNS`.
        faces: a row for each face in each analysed frame, with `FACE_COLUMNS`.
        summary: plain numbers and texts, which `from_tables` describes.
        events: moments that are worth a look, in the order of time.
        video: facts about the file, or None if only tables are known.
        voice: the report on the sound, or None.
        prevalence: how the faces of each class look to the network that read them, or None.
        marks: the moments that the instructor marked, in the order of time.
        sums: the sums of each second of a live session or a class, see `fer.mood.sums_table`; None
            of a recording, which has a table of faces, and of a timeline alone.
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
    sums: pd.DataFrame | None = None

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
        sums: pd.DataFrame | None = None,
    ) -> Self:
        """Make a report from tables, such as those of an earlier export.

        Args:
            timeline: a table with at least `TIMELINE_COLUMNS`; missing `CUE_COLUMNS` are added.
            faces: a table with `FACE_COLUMNS`, or None if there is only the timeline.
            source: name of the recording.
            video: facts about the file.
            voice: the report on the sound.
            expected: number of faces that should be visible; None estimates it with
                `fer.mood.cues.expected_faces`.
            prevalence: that of the network which read the faces; None gives mean probabilities.
            remarks: sentences on what is missing from the report, and why.
            marks: the moments that the instructor marked.
            sums: as the attribute.

        The summary holds `source`, `duration_s`, `frames`, `faces` (seen in all frames together),
        `mean_faces`, `max_faces`, `expected_faces`, `dominant` (None if nothing was read),
        `shares` (of each emotion among the faces read), `shares_low` and `shares_high` (their
        90 % intervals; None if there is only a timeline), `adjusted` (whether they were adjusted
        to the mixture of the class), `unread` (share of faces), `unsure` (share of faces read),
        `valence` (mean, -1 to 1), `smile_index` (share of happy among the faces read),
        `smile_index_frames` (share of frames in which half of the faces are happy), `presence`,
        `posture` and `turned` (means), `blinks_per_minute` (of one face), `events` (their
        number), `remarks` if there are any, and `began` (s since 1970) of a live session or a
        class. Numbers that could not be measured are None.

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
        report = cls(source, timeline, faces, {}, events, video, voice, prevalence, marks, sums)
        report.summary = summarise(
            source, timeline, faces, events, expected, video, voice, report.shares()
        )
        if remarks:
            report.summary["remarks"] = list(remarks)
        return report

    @property
    def live(self) -> bool:
        """Whether it is of a live session or a class, of which there is no recording."""
        return was_live(self.summary)

    @property
    def has_pictures(self) -> bool:
        """Whether pictures were looked at. There are none of a sound or a class without cameras."""
        return bool(len(self.timeline) and self.timeline["frames"].any())

    def shares(self) -> Shares | None:
        """Returns the shares of the class over all faces read, with their intervals.

        They are adjusted once, over all readings together. It is None if neither the readings nor
        their sums are known, as with an earlier export of a timeline alone.
        """
        if self.sums is not None:
            total = total_of(self.sums)
            return total.class_shares(self.prevalence) if total.read else None
        faces = self.faces
        if "state" in faces.columns:
            faces = faces[faces["state"] != FaceState.UNREAD.value]
        if not len(faces):
            return None
        try:
            return grouped_shares(
                faces[known_in(faces.columns)].to_numpy(float),
                faces["track"].to_numpy(),
                self.prevalence,
            )
        except ValueError:  # an imported table may hold anything
            return None

    def mean_shares(self) -> np.ndarray | None:
        """Returns the share of each emotion over all faces read, as all parts of a report show it.

        It is what `shares` estimates. Where that is None, it is the mean of the timeline.

        Returns:
            Float64 (7,) or (8,) in the order of `KNOWN`; None if no face was read.
        """
        shares = self.shares()
        return tables.mean_shares(self.timeline) if shares is None else shares.values

    def mean_valence(self) -> float | None:
        """Returns the mean valence over all faces read, -1 to 1; None if no face was read.

        Like `mean_shares`, it is the mean of the timeline where the shares are not known.
        """
        shares = self.shares()
        if shares is None:
            return tables.mean_of(self.timeline, "valence")
        return float(shares.mean(valences(len(shares.values)))[0])

    def span(self) -> tuple[float, float]:
        """Returns the first and the last time of the tables in s; (0, 0) if they are empty."""
        return span(self.timeline, self.voice)

    def length_s(self) -> float:
        """Returns how long the recording, the session or this part of it is, in s."""
        first, last = self.span()
        known = self.summary.get("duration_s")
        return last - first if known is None else float(known)

    def part(self, start: float, end: float) -> Self:
        """Returns the part between two times in s, with its marks and the events that touch it."""
        voice, summary = self.voice, self.summary
        timeline = tables.between(self.timeline, start, end)
        if voice is not None:
            voice = SpeechReport.of(tables.between(voice.timeline, start, end))
        first, last = span(timeline, voice)
        if (first, last) != self.span():
            summary = {**summary, "duration_s": round(last - first, 3)}
        return replace(
            self,
            timeline=timeline,
            faces=tables.between(self.faces, start, end),
            events=[e for e in self.events if e.start <= end and (e.end is None or e.end >= start)],
            summary=summary,
            voice=voice,
            marks=[mark for mark in self.marks if start <= mark.t <= end],
            sums=None if self.sums is None else tables.between(self.sums, start, end),
        )

    def moments(self) -> list[Event]:
        """Returns events and marks in the order of time. A mark is an event without length."""
        marks = [Event(MARK, mark.t, mark.t, 0.0, mark.text) for mark in self.marks]
        return sorted([*self.events, *marks], key=lambda event: event.start)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Returns the tables as exports hold them, by the names of their files.

        If there are marks, the timeline has a column for them, as in the table of a live session.
        """
        timeline = self.timeline
        if self.marks and len(timeline):
            timeline = timeline.assign(mark=marks_column(timeline["t"], self.marks))
        result = {"timeline": timeline, "faces": self.faces}
        if self.voice is not None:
            result["voice"] = self.voice.timeline
        return result
