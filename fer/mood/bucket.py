"""The mood of some faces over some frames, as sums.

A bucket holds only counts and sums, so it is a commutative monoid: buckets of several windows,
streams or machines are combined by `+`, in any order.

Its width follows from the network that read the faces: 102 numbers for the seven classes of
`fer.emotions.EMOTIONS`, 132 for eight with contempt. A narrow bucket counts as a wide one in which
contempt was never read, so that both can be added, and one with contempt makes the sum wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, FaceState
from fer.mood.cells import cell_count, class_count, effective_readings, sums, widened
from fer.mood.prevalence import Prevalence, Shares, mean_shares

COUNTS = 4
"""How many of `MoodBucket.numbers` are counts; the others are `MoodBucket.kept`."""

READ = 2
"""Which of them counts the faces that could be read."""

_KEPT = cell_count(len(EMOTIONS)) + len(EMOTIONS)


@dataclass(frozen=True, eq=False)
class MoodBucket:
    """Readings of some faces over some frames, as sums.

    Attributes:
        frames: frames analysed.
        faces: faces seen in these frames, added up.
        read: how many of these faces could be read.
        sure: how many of these faces were read with enough confidence.
        kept: float32 (98,), or (128,) with contempt, the result of `fer.mood.cells.sums` for all
            faces read. The shares of the class are calculated from it, see
            `fer.mood.prevalence.Prevalence.shares`.
    """

    frames: int = 0
    faces: int = 0
    read: int = 0
    sure: int = 0
    kept: np.ndarray = field(default_factory=lambda: np.zeros(_KEPT, np.float32))

    @classmethod
    def of(cls, readings: Sequence[FaceReading]) -> MoodBucket:
        """Make the bucket of one analysed frame."""
        read = [reading for reading in readings if reading.state != FaceState.UNREAD]
        return cls(
            frames=1,
            faces=len(readings),
            read=len(read),
            sure=sum(reading.state == FaceState.READ for reading in read),
            kept=_keep(read),
        )

    def __add__(self, other: MoodBucket) -> MoodBucket:
        return MoodBucket(
            self.frames + other.frames,
            self.faces + other.faces,
            self.read + other.read,
            self.sure + other.sure,
            _added(self.kept, other.kept),
        )

    @property
    def numbers(self) -> np.ndarray:
        """All sums in one row, float64 (102,), or (132,) with contempt, in the order of the
        attributes. Rows can be added like buckets, those of different widths after `aligned`."""
        return np.array([self.frames, self.faces, self.read, self.sure, *self.kept])

    @classmethod
    def from_numbers(cls, numbers: np.ndarray) -> MoodBucket:
        """The bucket with these `numbers`, its counts rounded to whole ones."""
        frames, faces, read, sure = (round(count) for count in numbers[:COUNTS].tolist())
        return cls(frames, faces, read, sure, numbers[COUNTS:].astype(np.float32))

    @property
    def mean_faces(self) -> float | None:
        """Faces in an average frame, or None where no frame was analysed."""
        return self.faces / self.frames if self.frames else None

    @property
    def effective(self) -> float:
        """Number of independent readings that the faces read are worth.

        This assumes that every frame shows the same faces, as many as there are in an average
        frame.
        """
        return float(effective_readings(self.read, self.read / max(self.frames, 1)))

    def class_shares(self, prevalence: Prevalence | None) -> Shares:
        """Shares of the emotions among the faces read, with intervals; NaN if no face was read.

        Args:
            prevalence: that of the network that read the faces; None gives the mean probability,
                and `Shares.adjusted` is False.
        """
        if prevalence is None:
            return mean_shares(self.kept, effective=self.effective)
        return prevalence.shares(self.kept, self.effective)


def classes_of(numbers: np.ndarray) -> int:
    """Number of classes, seven or eight, of `MoodBucket.numbers` (..., 102) or (..., 132)."""
    return class_count(numbers.shape[-1] - COUNTS)


def aligned(rows: Sequence[np.ndarray]) -> np.ndarray:
    """A table of `MoodBucket.numbers`, float64 (n, 102), or (n, 132) if one of them knows contempt.

    Args:
        rows: at least one.
    """
    if len({len(row) for row in rows}) > 1:
        classes = max(classes_of(row) for row in rows)
        rows = [in_width(row, classes) for row in rows]
    return np.stack(rows)


def in_width(numbers: np.ndarray, classes: int) -> np.ndarray:
    """Rows of `MoodBucket.numbers` in the width for at least their own number of classes."""
    if classes_of(numbers) == classes:
        return numbers
    counts, kept = numbers[..., :COUNTS], numbers[..., COUNTS:]
    return np.concatenate([counts, widened(kept, classes)], axis=-1)


def _added(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    if len(one) == len(other):
        return one + other
    classes = class_count(max(len(one), len(other)))
    return widened(one, classes) + widened(other, classes)


def _keep(read: Sequence[FaceReading]) -> np.ndarray:
    """The sums that a bucket keeps of the faces that could be read."""
    if not read:
        return np.zeros(_KEPT, np.float32)
    return sums(np.stack([reading.probabilities for reading in read])).astype(np.float32)
