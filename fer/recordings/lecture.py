"""Turns a recorded lecture into a report.

This takes two passes. The first one reads segments of the recording (`fer.recordings.segment`), in
any order and on any machine. The second one, `Assembly`, takes their numbers in order of time:
it follows faces, smooths and counts. So the report is the same whether the analysis runs in one
piece, is interrupted, or runs on many machines.
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
from fer.recordings.listen import check_track, listen
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
        fraction: share of the work that is done, 0 to 1.
        seconds_left: estimated time left, in seconds, from the speed of this run; None as long as
            there is no estimate.
        t: place in the recording that has been reached, in seconds.
        stage: "video" or "voice".
    """

    fraction: float
    seconds_left: float | None
    t: float
    stage: str


ProgressCallback = Callable[[LectureProgress], None]
"""A function that an analysis calls after every few pictures, on the thread of the analysis. An
exception that it raises ends the analysis and reaches the caller; `fer.errors.Cancelled` is meant
for that."""


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
        path: any file that FFmpeg can read. A file with sound only gives an empty timeline and
            a `voice`.
        samples_per_second: frames analysed for each second of the recording.
        progress: called with how far the analysis is; may raise `fer.errors.Cancelled`.
        core: reads the frames; None loads the core of the settings.
        checkpoint: folder for the numbers of an unfinished run. A later call with the same
            recording, options and folder goes on from there. The caller empties it with
            `fer.recordings.checkpoint.clear` when the report has been stored. None keeps nothing.
        quick_look: whether to read key frames only, at most one in two seconds, which gives a
            rough report in a fraction of the time.
        expected: number of faces that should be visible; None estimates it.
        voice: whether to analyse the sound too, if there is any.
        blinks: whether to count blinks, which takes many more samples a second.
        picture: number of the video track to read, counted from 1; None takes the track in which
            most faces are seen.
        sound: number of the sound track to analyse, counted from 1; None takes the first track
            that is not silent.

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
    if listens and sound is not None:
        check_track(path, facts, sound)
    share = 0.0 if not facts.has_video else 1.0 - _VOICE_SHARE if listens else 1.0
    assembly, store = Assembly(plan), None
    if facts.has_video:
        core = (MoodCore.load() if core is None else core).beside_decoding()
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
        """Count `fraction` as done by an earlier run, so that it does not count for the speed."""
        self._since, self._skipped = time.monotonic(), fraction

    def tell(self, fraction: float, t: float, stage: str) -> None:
        """Report how far the analysis is."""
        if self._callback is None:
            return
        fraction = min(1.0, fraction)
        done, elapsed = fraction - self._skipped, time.monotonic() - self._since
        left = None if done <= 0 else elapsed / done * (1.0 - fraction)
        self._callback(LectureProgress(fraction, left, t, stage))
