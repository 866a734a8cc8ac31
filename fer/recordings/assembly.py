"""Puts the numbers of a recording's segments together, in order of time, to its report.

All that spans several segments is done here: faces are followed, probabilities are smoothed and
blinks are counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, with_classes
from fer.errors import RecordingError
from fer.faces.core import FaceReading, MoodCore
from fer.media.probe import VideoFacts
from fer.mood.blinks import BlinkCounter
from fer.mood.bucket import MoodBucket, in_width
from fer.mood.cues import TURNED_BELOW, expected_faces, presence
from fer.mood.prevalence import Prevalence
from fer.mood.tabulate import tabulate
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS
from fer.mood.track import FaceTracker
from fer.recordings.segment import FACE_FIELDS, STATES, Plan, Segment
from fer.report.lecture_report import LectureReport
from fer.report.report import CUE_COLUMNS, FACE_COLUMNS

if TYPE_CHECKING:
    from fer.speech.speech_report import SpeechReport

_POSTURE = FACE_FIELDS.index("posture")
_EAR = FACE_FIELDS.index("ear")
_YAW = FACE_FIELDS.index("yaw")
_WHOLE = ("track", "x", "y", "width", "height")


class Assembly:
    """Puts the segments of a recording together, in order."""

    def __init__(
        self,
        plan: Plan,
        abstain_below: float = 0.0,
        prevalence: Prevalence | None = None,
    ) -> None:
        """Args:
        plan: how the recording was cut.
        abstain_below: confidence below which a reading counts as unsure.
        prevalence: the confusions of the network that read the faces, for adjusted shares; None
            if they are not known.
        """
        self._prevalence = prevalence
        self._tracker = FaceTracker(max_gap_s=plan.max_gap_s, abstain_below=abstain_below)
        self.taken = 0
        """Number of segments taken so far, which is the index of the next one."""
        self._classes = len(EMOTIONS)
        self._blinks = plan.blinks
        self._eyes: dict[int, BlinkCounter] = {}
        self._frames: list[np.ndarray] = []
        self._times: list[np.ndarray] = []
        self._faces: list[np.ndarray] = []

    @classmethod
    def reading_with(cls, core: MoodCore, plan: Plan) -> Assembly:
        """Make the assembly for the readings of a core.

        Raises:
            ModelError: the card of the core's model cannot be used.
        """
        classifier = core.classifier
        return cls(plan, classifier.abstain_below, Prevalence.of_network(classifier.card))

    def add(self, segment: Segment) -> None:
        """Take the next segment.

        Raises:
            ValueError: it is not the next one.
        """
        if segment.index != self.taken:
            raise ValueError(f"segment {segment.index} came where {self.taken} was due")
        self.taken += 1
        numbers: list[np.ndarray] = []
        cues: list[tuple[float, ...]] = []
        faces: list[tuple[float, ...]] = []
        for t, readings, fields in segment.frames():
            tracked = self._tracker.update(t, readings)
            similar = fields[:, _POSTURE]
            similar = similar[np.isfinite(similar)]
            # A frame without faces does not tell which classes the network knows.
            numbers.append(in_width(MoodBucket.of(tracked).numbers, segment.classes))
            cues.append(
                (
                    float(similar.mean()) if similar.size else math.nan,
                    float((similar < TURNED_BELOW).mean()) if similar.size else math.nan,
                    self._blinked(t, tracked, fields[:, _EAR]) if self._blinks else math.nan,
                )
            )
            faces.extend(
                (
                    reading.track or 0,
                    *values[:4],
                    *np.round(reading.probabilities, 5),
                    STATES.index(reading.state),
                    values[4],
                    *values[_YAW : _EAR + 1],
                )
                for reading, values in zip(tracked, fields, strict=True)
            )
        self._classes = segment.classes
        none = in_width(MoodBucket().numbers, segment.classes)
        rows = np.array(numbers).reshape(len(segment.times), len(none))
        moods = tabulate(segment.times, rows, self._prevalence).to_numpy(float)
        seen = np.array(cues, np.float64).reshape(-1, len(CUE_COLUMNS) - 1)
        self._frames.append(np.hstack([moods, seen]))
        self._times.append(np.repeat(segment.times, segment.counts))
        # Three hours of a full class are half a million rows. Single precision halves their size.
        self._faces.append(np.array(faces, np.float32).reshape(-1, len(self._face_columns) - 1))

    @property
    def _face_columns(self) -> tuple[str, ...]:
        return with_classes(FACE_COLUMNS, self._classes)

    def report(
        self,
        source: str,
        facts: VideoFacts,
        voice: SpeechReport | None = None,
        expected: float | None = None,
        remarks: Sequence[str] = (),
    ) -> LectureReport:
        """Make the report on the segments taken so far.

        Args:
            source: name of the recording.
            facts: facts of the recording.
            voice: report on the sound; None if it was not analysed.
            expected: number of faces that should be visible; None estimates it.
            remarks: sentences for the report, in addition to those of `facts`.

        Raises:
            RecordingError: there was not one frame, although the recording has pictures.
        """
        moods = with_classes((*TIMELINE_COLUMNS, *BAND_COLUMNS), self._classes)
        columns = [*moods, *(name for name in CUE_COLUMNS if name != "presence")]
        table = np.concatenate([np.empty((0, len(columns))), *self._frames])
        if facts.has_video and not len(table):
            raise RecordingError(f"No picture of {source} can be decoded: it is damaged.")
        timeline = pd.DataFrame(table, columns=columns)
        count = timeline["faces"].to_numpy()
        wanted = expected_faces(count) if expected is None else expected
        timeline.insert(len(moods), "presence", presence(count, wanted))
        return LectureReport.from_tables(
            timeline,
            self._face_table(),
            source=source,
            video=facts,
            voice=voice,
            expected=wanted,
            prevalence=self._prevalence,
            remarks=[*facts.remarks, *remarks],
        )

    def _blinked(self, t: float, faces: list[FaceReading], ratios: np.ndarray) -> int:
        """Return the number of blinks that end in this frame."""
        return sum(
            self._eyes.setdefault(face.track or 0, BlinkCounter()).update(t, float(ratio))
            for face, ratio in zip(faces, ratios, strict=True)
        )

    def _face_table(self) -> pd.DataFrame:
        times = np.concatenate([np.empty(0), *self._times])
        names = self._face_columns[1:]
        values = np.concatenate([np.empty((0, len(names)), np.float32), *self._faces])
        self._faces.clear()
        columns: dict[str, object] = {"t": times}
        for place, name in enumerate(names):
            column = values[:, place]
            if name in _WHOLE:
                columns[name] = column.astype(np.int32)
            elif name == "state":
                columns[name] = pd.Categorical.from_codes(
                    column.astype(np.int8), pd.Index([state.value for state in STATES])
                )
            else:
                columns[name] = column
        return pd.DataFrame(columns)
