"""Reads a segment, the part of a recording that is read in one piece.

Segments are the unit of progress, of resuming and of work on many machines. Each segment is read
separately from the others, so that it gives the same numbers wherever and whenever it is read.
Tracks, smoothing and events span several segments; they are computed afterwards, from the numbers.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.emotions import EMOTIONS, KNOWN, with_classes
from fer.faces import landmarks
from fer.faces.core import FaceReading, FaceState, MoodCore
from fer.faces.detect.base import Detection
from fer.faces.detect.hog import Hog
from fer.faces.pose import head_pose
from fer.files import write_whole
from fer.media.prefetch import ahead
from fer.media.probe import VideoFacts
from fer.media.video import Sample, samples
from fer.mood.blinks import BLINK_RATE
from fer.recordings.posture import Posture

STATES = tuple(FaceState)
"""The states of a face; the `state` column of `Segment.faces` holds a place in this list."""

FACE_FIELDS: tuple[str, ...] = (
    "x",
    "y",
    "width",
    "height",
    "score",
    "state",
    "yaw",
    "pitch",
    "roll",
    "posture",
    "ear",
    *EMOTIONS,
)
"""Columns of `Segment.faces`. Boxes are in pixels of the shown video, and `state` is a place in
`STATES`. `ear` is the eye aspect ratio, or NaN if blinks are not counted. The probabilities are
those of the single frame, not smoothed. That of contempt follows where the network knows it."""

_PROBABILITIES = FACE_FIELDS.index(EMOTIONS[0])

SEGMENT_S = 60.0
"""Usual length of a segment in seconds. With longer segments, more work is lost if a run is
interrupted. With shorter ones, more frames are decoded twice, because decoding begins at the last
key frame before the segment."""

QUICK_SEGMENT_S = 600.0
"""Usual length of a segment in a quick look, in seconds. It reads a minute in about a second."""

QUICK_RATE = 0.5
"""Most samples a second in a quick look."""

UNKNOWN_KEY_GAP_S = 10.0
"""Time between key frames, in seconds, if the file does not show it. Encoders rarely leave more by
themselves (x264's default is 250 frames)."""

MIN_EYES_SIDE = 60
"""Smallest width and height of a face, in pixels, in which blinks are counted. The eyes of smaller
faces have less than 10 pixels."""

# For each segment of a joined recording, all packets before it are read again.
_MOST_JOINED_SEGMENTS = 20
# The faces of so many frames are classified together. A change of this number changes results: the
# last digits of a network's output depend on the batch.
_BATCH = 4


@dataclass(frozen=True)
class Plan:
    """How a recording is cut into segments. It follows from the file and the options alone.

    Attributes:
        rate: samples a second.
        cells: most samples in a segment; see `fer.media.video.samples`.
        segments: number of segments. The last one goes on to the end of the file.
        step_s: longest time from one picture to the next, in seconds. That is `1 / rate`, or more
            in a quick look if key frames are farther apart.
        key_frames_only: whether only key frames are read.
        blinks: whether blinks are counted.
        facts: facts of the recording.
    """

    rate: float
    cells: int
    segments: int
    step_s: float
    key_frames_only: bool = False
    blinks: bool = False
    facts: VideoFacts | None = None

    @classmethod
    def of(
        cls, facts: VideoFacts, rate: float, quick_look: bool = False, blinks: bool = False
    ) -> Plan:
        """Make the plan for a recording.

        Args:
            facts: facts of the recording.
            rate: samples a second.
            quick_look: whether to read key frames only.
            blinks: whether to count blinks, which takes at least `BLINK_RATE` samples a second.

        Raises:
            ValueError: the rate is out of its range, or blinks are to be counted although this is
                a quick look or the extra for blinks is not installed.
        """
        if not 0.001 <= rate <= 120:
            raise ValueError(f"samples_per_second must be 0.001 to 120, not {rate}")
        if blinks and quick_look:
            raise ValueError("key frames are too far apart to see blinks")
        if blinks and not landmarks.available():
            raise ValueError(f"blinks need an extra. Get it with: {landmarks.HOW_TO_GET}")
        if blinks:
            rate = max(rate, BLINK_RATE)
        length, key_gap = SEGMENT_S, 0.0
        if quick_look:
            rate, length = min(rate, QUICK_RATE), QUICK_SEGMENT_S
            key_gap = facts.key_gap_s or UNKNOWN_KEY_GAP_S
        # Of several segments between two key frames, each would decode the part before it again.
        length *= max(1, math.ceil(facts.key_gap_s / length))
        if facts.parts > 1:
            # If clocks restart, places in the file cannot be looked up by time: for every segment,
            # the file is read from its beginning.
            length = max(length, facts.duration_s / _MOST_JOINED_SEGMENTS)
        cells = max(1, round(length * rate))
        segments = max(1, math.ceil(facts.duration_s * rate / cells))
        keys_only = quick_look and facts.clean
        return cls(rate, cells, segments, max(1 / rate, key_gap), keys_only, blinks, facts)

    @property
    def segment_s(self) -> float:
        """Length of a segment in seconds."""
        return self.cells / self.rate

    @property
    def max_gap_s(self) -> float:
        """How long a face may be missing and still be the same face, in seconds."""
        return max(2.0, 2.5 * self.step_s)


@dataclass(frozen=True, eq=False)
class Segment:
    """The readings of one segment: numbers only, and nothing from which a picture could be made.

    Attributes:
        index: number of the segment in the recording, from 0.
        times: float64 (frames,), time of each frame in seconds.
        counts: int32 (frames,), number of faces in each frame.
        faces: float32 (faces, len(FACE_FIELDS)), or one column more if the network knows contempt;
            frame by frame.
    """

    index: int
    times: np.ndarray
    counts: np.ndarray
    faces: np.ndarray

    @property
    def classes(self) -> int:
        """Number of classes that the network tells apart, seven or eight."""
        return self.faces.shape[1] - _PROBABILITIES

    def frames(self) -> Iterator[tuple[float, list[FaceReading], np.ndarray]]:
        """Yield the time in seconds, the readings and the rows of `faces` of each frame."""
        ends = np.cumsum(self.counts)
        for t, count, end in zip(self.times.tolist(), self.counts, ends, strict=True):
            rows = self.faces[end - count : end]
            yield t, [_reading(row) for row in rows], rows

    def save(self, path: Path) -> None:
        """Write the numbers to a file, which `load` reads. Either all is written or nothing.

        Raises:
            OSError: the file cannot be written.
        """
        file = io.BytesIO()
        np.savez_compressed(
            file, index=self.index, times=self.times, counts=self.counts, faces=self.faces
        )
        write_whole(path, file.getvalue())

    @classmethod
    def load(cls, path: Path) -> Segment:
        """Read a file that `save` has written.

        Raises:
            ValueError: the file is damaged, of another version or something else.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                segment = cls(int(file["index"]), file["times"], file["counts"], file["faces"])
        except Exception as error:  # a file that was cut off causes errors of many kinds
            raise ValueError(f"{path} holds no segment: {error}") from error
        if (
            segment.times.shape != segment.counts.shape
            or segment.faces.ndim != 2
            or len(segment.faces) != segment.counts.sum()
            or not 0 <= segment.faces.shape[1] - len(FACE_FIELDS) <= len(KNOWN) - len(EMOTIONS)
        ):
            raise ValueError(f"{path} holds no segment of this version")
        return segment


def read_segment(
    path: Path | str,
    plan: Plan,
    index: int,
    core: MoodCore,
    tick: Callable[[float], None] | None = None,
    threads: int = 0,
) -> Segment:
    """Decode, detect and classify one segment.

    Args:
        path: the recording.
        plan: how the recording is cut.
        index: number of the segment, from 0.
        core: reads the frames.
        tick: called with the time in seconds that has been reached. It may raise an exception to
            stop.
        threads: number of decoder threads; 0 lets FFmpeg choose. With 1, decoding and reading take
            turns on one thread, for a machine whose other cores are busy with other segments.

    Raises:
        RecordingError: the file cannot be read.
    """
    first = index * plan.cells
    last = None if index == plan.segments - 1 else first + plan.cells
    posture = Posture(plan.max_gap_s)
    times: list[float] = []
    counts: list[int] = []
    rows: list[tuple[float, ...]] = []
    pictures = samples(
        path,
        plan.rate,
        first,
        last,
        facts=plan.facts,
        key_frames_only=plan.key_frames_only,
        threads=threads,
    )
    stream = pictures if threads == 1 else ahead(pictures)
    with contextlib.closing(stream):
        while batch := list(itertools.islice(stream, _BATCH)):
            faces_seen = core.read_many([sample.image for sample in batch])
            for sample, readings in zip(batch, faces_seen, strict=True):
                # A picture that stays on the screen gives the same row in every cell.
                times.extend(sample.times)
                counts.extend([len(readings)] * len(sample.times))
                rows.extend(_rows(sample, readings, core, posture, plan.blinks) * len(sample.times))
            if tick is not None:
                tick(times[-1])
    fields = with_classes(FACE_FIELDS, len(core.classes))
    faces = np.array(rows, np.float32).reshape(-1, len(fields))
    return Segment(index, np.array(times, np.float64), np.array(counts, np.int32), faces)


def _rows(
    sample: Sample, readings: list[FaceReading], core: MoodCore, posture: Posture, blinks: bool
) -> list[tuple[float, ...]]:
    crops = [
        core.crop(sample.image, Detection(reading.box, reading.score, reading.landmarks))
        for reading in readings
    ]
    similar = posture.update(sample.t, readings, crops)
    if len(sample.times) > 1:
        posture.update(sample.times[-1], readings, crops)  # the faces are still there
    return [
        (
            *sample.box(reading.box),
            reading.score,
            STATES.index(reading.state),
            *(round(angle, 1) for angle in head_pose(reading.landmarks)),
            round(value, 4),
            round(_eyes(sample.image, reading, core), 4) if blinks else math.nan,
            *np.round(reading.probabilities, 6),
        )
        for reading, value in zip(readings, similar, strict=True)
    ]


def _eyes(image: np.ndarray, reading: FaceReading, core: MoodCore) -> float:
    if min(reading.box[2:]) < MIN_EYES_SIDE or reading.state == FaceState.UNREAD:
        return math.nan
    square = isinstance(core.detector, Hog)
    return landmarks.eye_aspect_ratio(landmarks.face_points(image, reading.box, square))


def _reading(row: np.ndarray) -> FaceReading:
    x, y, width, height = (int(side) for side in row[:4])
    return FaceReading(
        (x, y, width, height),
        row[_PROBABILITIES:],
        score=float(row[4]),
        state=STATES[int(row[5])],
    )
