"""A recorded lecture: a file in, a report out.

Two passes. The first reads segments of the recording (`fer.recordings.segment`), in any order and
anywhere. The second, `Assembly`, takes their numbers in order of time: it follows faces, smooths,
counts. So a run in one piece, one that was interrupted, and one on many machines give the same
report.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fer.errors import RecordingError
from fer.faces.core import MoodCore
from fer.files import name_of
from fer.media.probe import probe
from fer.recordings.assembly import Assembly
from fer.recordings.checkpoint import Checkpoint, identity
from fer.recordings.listen import listen
from fer.recordings.segment import Plan, read_segment
from fer.recordings.tracks import with_most_faces
from fer.report.lecture_report import LectureReport

log = logging.getLogger(__name__)

# Reading the sound takes about this share of the time.
_VOICE_SHARE = 0.1


@dataclass(frozen=True)
class LectureProgress:
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


ProgressCallback = Callable[[LectureProgress], None]
"""A function that an analysis calls on its own thread, after every few pictures. An exception that
it raises ends the analysis and reaches the caller; `fer.errors.Cancelled` is meant for that."""


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
    picture: int | None = None,
    sound: int | None = None,
) -> LectureReport:
    """Analyse a recording.

    Args:
        path: anything that FFmpeg reads. A file with sound only gives an empty timeline and
            `voice`.
        samples_per_second: frames analysed for each second of the recording.
        progress: called with how far the analysis is; may raise `fer.errors.Cancelled`.
        core: what reads the frames; None loads the one of the settings.
        checkpoint: folder for what an interrupted run leaves behind (numbers only). A later call
            with the same recording, options and folder goes on from there. The caller empties it
            with `fer.recordings.checkpoint.clear` once the report is stored. None keeps nothing.
        quick_look: key frames only, at most one in two seconds: a rough report in a fraction of
            the time.
        expected: faces that should be visible; None estimates it.
        voice: whether to analyse the sound too, where there is any.
        blinks: whether to count blinks. Takes many more samples a second.
        picture: number of the track with pictures to read, from 1, where a file has several; None
            takes the one in which most faces are found.
        sound: the same for sound; None takes the first track that is not silent.

    Raises:
        RecordingError: the file cannot be analysed; the message says why.
        ModelError: the emotion model cannot be used.
        ValueError: an option is out of its range, or the extra for blinks is not installed.
    """
    if expected is not None and not expected > 0:
        raise ValueError(f"expected must be more than 0 faces, not {expected}")
    path = Path(path)
    clock = _Clock(progress)
    facts = probe(path, picture)
    if picture is None and len(facts.pictures) > 1:
        core = MoodCore.load() if core is None else core
        facts = with_most_faces(path, facts, core)
    plan = Plan.of(facts, samples_per_second, quick_look, blinks)
    listens = voice and facts.has_audio and not quick_look
    if not facts.has_video and not listens:
        raise RecordingError(f"{name_of(path)} holds sound only; analyse it as a voice recording.")
    share = 0.0 if not facts.has_video else 1.0 - _VOICE_SHARE if listens else 1.0
    assembly, store = Assembly(plan), None
    if facts.has_video:
        core = MoodCore.load() if core is None else core
        assembly = Assembly.reading_with(core, plan)
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

    def heard(fraction: float) -> None:
        clock.tell(share + (1.0 - share) * fraction, fraction * facts.duration_s, "voice")

    spoken, remarks = listen(path, facts, heard, sound) if listens else (None, [])
    report = assembly.report(name_of(path), facts, spoken, expected, remarks)
    clock.tell(1.0, facts.duration_s, "voice" if listens else "video")
    return report


class _Clock:
    """Turns fractions into `LectureProgress`."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self._callback = callback
        self._since = time.monotonic()
        self._skipped = 0.0

    def skip(self, fraction: float) -> None:
        """Count up to `fraction` as done by an earlier run, which says nothing about the speed."""
        self._since, self._skipped = time.monotonic(), fraction

    def tell(self, fraction: float, t: float, stage: str) -> None:
        """Report how far the analysis is."""
        if self._callback is None:
            return
        fraction = min(1.0, fraction)
        done, elapsed = fraction - self._skipped, time.monotonic() - self._since
        left = None if done <= 0 else elapsed / done * (1.0 - fraction)
        self._callback(LectureProgress(fraction, left, t, stage))
