"""A recorded lecture: a file in, a report out.

Two passes. The first reads segments of the recording (`fer.recordings.segment`), in any order and
anywhere. The second, `Assembly`, takes their numbers in order of time: it follows faces, smooths,
counts. So a run in one piece, one that was interrupted, and one on many machines give the same
report.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE
from fer.errors import ModelError, RecordingError
from fer.faces.core import FaceReading, MoodCore
from fer.faces.landmarks import BlinkCounter
from fer.files import name_of
from fer.media.video import VideoFacts, probe
from fer.mood.cues import TURNED_BELOW, expected_faces, presence, smile_index
from fer.mood.moments import find_moments
from fer.mood.track import FaceTracker
from fer.mood.trigger import Event
from fer.mood.window import TIMELINE_COLUMNS, MoodBucket
from fer.recordings.checkpoint import Checkpoint, identity
from fer.recordings.segment import FACE_FIELDS, STATES, Plan, Segment, read_segment

if TYPE_CHECKING:
    from fer.speech.analysis import SpeechReport

log = logging.getLogger(__name__)

CUE_COLUMNS: tuple[str, ...] = ("presence", "posture", "turned", "blinks")
"""What a lecture's timeline has beyond `fer.mood.window.TIMELINE_COLUMNS`: share of the expected
faces visible, mean posture (see `fer.mood.cues.Posture`), share of faces turned away or moved,
blinks that have just ended."""

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

# Reading the sound takes about this share of the time.
_VOICE_SHARE = 0.1


@dataclass(frozen=True)
class Progress:
    """How far an analysis is.

    Attributes:
        fraction: 0 to 1.
        seconds_left: estimate from this run's own speed; None before there is one.
        t: s of the recording that are done.
        stage: "video" or "voice".
    """

    fraction: float
    seconds_left: float | None
    t: float
    stage: str


ProgressCallback = Callable[[Progress], None]
"""Called on the thread of the analysis, a few times a second at the most of sparse samples. What
it raises ends the analysis and reaches the caller; `fer.errors.Cancelled` is meant for that."""


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
    voice: SpeechReport | None = None

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
        from fer.report.report import save

        return save(self, Path(folder))


def analyze_lecture(
    path: Path | str,
    samples_per_second: float = 2.0,
    progress: ProgressCallback | None = None,
    *,
    core: MoodCore | None = None,
    checkpoint: Path | str | None = None,
    quick_look: bool = False,
    expected: float | None = None,
    voice: bool = True,
    blinks: bool = False,
) -> LectureReport:
    """Analyse a recording.

    Args:
        path: anything that FFmpeg reads. A file with sound only gives an empty timeline and
            `voice`.
        samples_per_second: frames analysed for each second of the recording.
        progress: told how far the analysis is; may raise `fer.errors.Cancelled`.
        core: what reads the frames; None loads the one of the settings.
        checkpoint: folder for what an interrupted run leaves behind (numbers only). A later call
            with the same recording, options and folder goes on from there. The caller empties it
            with `fer.recordings.checkpoint.clear` once the report is stored. None keeps nothing.
        quick_look: key frames only, at most one in two seconds: a rough report in a fraction of
            the time.
        expected: faces that should be visible; None estimates it.
        voice: whether to analyse the sound too, where there is any.
        blinks: whether to count blinks. Takes many more samples a second.

    Raises:
        RecordingError: the file cannot be analysed; the message says why.
        ModelError: the emotion model cannot be used.
        ValueError: an option is out of its range, or the extra for blinks is not installed.
    """
    path = Path(path)
    clock = _Clock(progress)
    facts = probe(path)
    plan = Plan.of(facts, samples_per_second, quick_look, blinks)
    listens = voice and facts.has_audio and not quick_look
    if not facts.has_video and not listens:
        raise RecordingError(f"{name_of(path)} holds sound only; analyse it as a voice recording.")
    share = 0.0 if not facts.has_video else 1.0 - _VOICE_SHARE if listens else 1.0
    assembly, store = Assembly(plan), None
    if facts.has_video:
        core = MoodCore.load() if core is None else core
        assembly = Assembly(plan, core.classifier.abstain_below)
        if checkpoint is not None:
            store = Checkpoint(checkpoint, identity(path, plan, core))
        for index in range(plan.segments):
            segment = None if store is None else store.load(index)
            done = min(facts.duration_s, (index + 1) * plan.segment_s)
            if segment is None:
                segment = read_segment(
                    path,
                    plan,
                    index,
                    core,
                    lambda t: clock.tell(share * facts.part(t), t, "video"),
                )
                if store is not None:
                    store.store(segment)
            else:
                clock.skip(share * facts.part(done))
            assembly.add(segment)
    spoken = _listen(path, clock, share, facts) if listens else None
    report = assembly.report(name_of(path), facts, spoken, expected)
    clock.tell(1.0, facts.duration_s, "voice" if listens else "video")
    return report


class Assembly:
    """Puts the segments of a recording together, in order."""

    def __init__(self, plan: Plan, abstain_below: float = 0.0) -> None:
        """Args:
        plan: how the recording was cut.
        abstain_below: confidence below which a reading counts as unsure.
        """
        self._tracker = FaceTracker(max_gap_s=plan.max_gap_s, abstain_below=abstain_below)
        self.taken = 0
        """Segments taken so far; the index of the next."""
        self._blinks = plan.blinks
        self._eyes: dict[int, BlinkCounter] = {}
        self._frames: list[np.ndarray] = []
        self._times: list[np.ndarray] = []
        self._faces: list[np.ndarray] = []

    def add(self, segment: Segment) -> None:
        """Take the next segment.

        Raises:
            ValueError: it is not the next one.
        """
        if segment.index != self.taken:
            raise ValueError(f"segment {segment.index} came where {self.taken} was due")
        self.taken += 1
        frames: list[tuple[float, ...]] = []
        faces: list[tuple[float, ...]] = []
        for t, readings, fields in segment.frames():
            tracked = self._tracker.update(t, readings)
            similar = fields[:, _POSTURE]
            similar = similar[np.isfinite(similar)]
            frames.append(
                (
                    *MoodBucket.of(tracked).row(t).values(),
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
        self._frames.append(np.array(frames, np.float64).reshape(-1, _COLUMNS))
        self._times.append(np.repeat(segment.times, segment.counts))
        # Three hours of a full class are half a million rows: single precision halves them.
        self._faces.append(np.array(faces, np.float32).reshape(-1, len(FACE_COLUMNS) - 1))

    def report(
        self,
        source: str,
        facts: VideoFacts,
        voice: SpeechReport | None = None,
        expected: float | None = None,
    ) -> LectureReport:
        """The report on the segments taken so far.

        Raises:
            RecordingError: there was not one frame, although the recording has pictures.
        """
        columns = [*TIMELINE_COLUMNS, *(name for name in CUE_COLUMNS if name != "presence")]
        table = np.concatenate([np.empty((0, len(columns))), *self._frames])
        if facts.has_video and not len(table):
            raise RecordingError(f"No picture of {source} can be decoded: it is damaged.")
        timeline = pd.DataFrame(table, columns=columns)
        count = timeline["faces"].to_numpy()
        wanted = expected_faces(count) if expected is None else expected
        timeline.insert(len(TIMELINE_COLUMNS), "presence", presence(count, wanted))
        return LectureReport.from_tables(
            timeline,
            self._face_table(),
            source=source,
            video=facts,
            voice=voice,
            expected=wanted,
        )

    def _blinked(self, t: float, faces: list[FaceReading], ratios: np.ndarray) -> int:
        """Blinks that end in this frame."""
        return sum(
            self._eyes.setdefault(face.track or 0, BlinkCounter()).update(t, float(ratio))
            for face, ratio in zip(faces, ratios, strict=True)
        )

    def _face_table(self) -> pd.DataFrame:
        times = np.concatenate([np.empty(0), *self._times])
        values = np.concatenate([np.empty((0, len(FACE_COLUMNS) - 1), np.float32), *self._faces])
        self._faces.clear()
        columns: dict[str, object] = {"t": times}
        for place, name in enumerate(FACE_COLUMNS[1:]):
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


_POSTURE = FACE_FIELDS.index("posture")
_EAR = FACE_FIELDS.index("ear")
_COLUMNS = len(TIMELINE_COLUMNS) + len(CUE_COLUMNS) - 1
"""Columns of the timeline but for the presence, which is known in the end only."""
_YAW = FACE_FIELDS.index("yaw")
_WHOLE = ("track", "x", "y", "width", "height")


class _Clock:
    """Turns fractions into `Progress`."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self._callback = callback
        self._since = time.monotonic()
        self._skipped = 0.0

    def skip(self, fraction: float) -> None:
        """Count up to `fraction` as done by an earlier run: it tells nothing of the speed."""
        self._since, self._skipped = time.monotonic(), fraction

    def tell(self, fraction: float, t: float, stage: str) -> None:
        """Report."""
        if self._callback is None:
            return
        fraction = min(1.0, fraction)
        done, elapsed = fraction - self._skipped, time.monotonic() - self._since
        left = None if done <= 0 else elapsed / done * (1.0 - fraction)
        self._callback(Progress(fraction, left, t, stage))


def _listen(path: Path, clock: _Clock, share: float, facts: VideoFacts) -> SpeechReport | None:
    from fer.speech.analysis import analyze_speech

    def tell(fraction: float) -> None:
        clock.tell(share + (1.0 - share) * fraction, fraction * facts.duration_s, "voice")

    try:
        return analyze_speech(path, tell)
    except (RecordingError, ModelError):
        if not facts.has_video:
            raise
        # A broken sound track must not cost the report on the pictures.
        log.warning("the sound of %s cannot be analysed", name_of(path), exc_info=True)
        return None


def _summary(
    source: str,
    timeline: pd.DataFrame,
    face_table: pd.DataFrame,
    events: list[Event],
    expected: float,
    video: VideoFacts | None,
    voice: SpeechReport | None,
) -> dict:
    seen = (timeline["faces"] * timeline["frames"]).to_numpy(float)
    unread = (timeline["unread"] * timeline["frames"]).to_numpy(float)
    read = seen - unread
    named = {name: _mean(timeline[name], read) for name in (*EMOTIONS, UNSURE)}
    sure = {name: share for name in EMOTIONS if (share := named[name])}
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
        "dominant": max(sure, key=lambda name: sure[name]) if sure else None,
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
