"""One second of a class as sums, so that the seconds of several processes can be added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fer.emotions import EMOTIONS, KNOWN
from fer.mood.bucket import COUNTS, MoodBucket, aligned, in_width
from fer.mood.cells import positions

MOODS = len(MoodBucket().numbers)
"""How many numbers a mood has over the seven classes. With contempt there are `ADDED` more."""

_WIDE = len(in_width(MoodBucket().numbers, len(KNOWN)))
_SEVEN = np.concatenate([np.arange(COUNTS), COUNTS + positions(len(EMOTIONS), among=len(KNOWN))])
_ROW = np.concatenate([_SEVEN, np.setdiff1d(np.arange(_WIDE), _SEVEN)])
ADDED = _WIDE - MOODS
"""How many numbers of a mood over eight classes are about contempt: 30."""

PRESSES = 7
"""Four pulses and three answers, in the order of `fer.classroom.pulse`."""


@dataclass(frozen=True, eq=False)
class ClassSecond:
    """Sums over the students of a class in one second, or in several seconds together.

    Attributes:
        second: the number of the second since the class was opened; of several, the first one.
        length: how many seconds are summed up.
        present: how many students are connected, with or without a camera; of several seconds, the
            smallest number.
        sharing: how many students' faces were read and summed up; of several seconds, the smallest
            number.
        moved: in how many processes the group that is summed up changed by fewer than k students.
        sources: how many processes added to it; of several seconds, the smallest number.
        mood: float64 (102,), or (132,) with contempt, `MoodBucket.numbers`, where each student's
            second counts as one picture, and with 0 frames, because the frames of a class are its
            seconds. Sums over the group are scaled to all who share.
        pressed: float64 (7,), presses of pulses and answers. A press that replaces an earlier one
            takes back what is left of it, so a sum may be negative.
    """

    second: int
    length: int = 1
    present: int = 0
    sharing: int = 0
    moved: int = 0
    sources: int = 1
    mood: np.ndarray = field(default_factory=lambda: np.zeros(MOODS))
    pressed: np.ndarray = field(default_factory=lambda: np.zeros(PRESSES))

    def __add__(self, other: ClassSecond) -> ClassSecond:
        """Returns the sum of one second from two processes."""
        return replace(
            self,
            present=self.present + other.present,
            sharing=self.sharing + other.sharing,
            moved=self.moved + other.moved,
            sources=self.sources + other.sources,
            mood=aligned([self.mood, other.mood]).sum(axis=0),
            pressed=self.pressed + other.pressed,
        )

    def after(self, second: int) -> ClassSecond | None:
        """Returns the part after a second, or None: of several seconds it has a share of the sums.

        The share says no more than the whole.
        """
        length = min(self.length, self.second + self.length - 1 - second)
        if length <= 0:
            return None
        share = length / self.length
        return replace(
            self,
            second=self.second + self.length - length,
            length=length,
            mood=share * self.mood,
            pressed=share * self.pressed,
        )

    def buckets(self) -> list[tuple[int, MoodBucket]]:
        """Returns one bucket for each second that is summed up, all with the mean of the readings.

        Each comes with the number of its second.
        """
        numbers = self.mood / self.length
        numbers[0] = 1.0
        bucket = MoodBucket.from_numbers(numbers)
        return [(self.second + step, bucket) for step in range(self.length)]


def to_row(mood: np.ndarray) -> list[float | None]:
    """Returns a mood as the database keeps it, 132 values: first the numbers over the seven
    classes, then those about contempt, which are None for a mood without."""
    if len(mood) == MOODS:
        return [*mood.tolist(), *[None] * ADDED]
    return mood[_ROW].tolist()


def from_row(values: Sequence[float | None]) -> np.ndarray:
    """Returns the mood, float64, of which `to_row` made these values."""
    if values[-1] is None:
        return np.array(values[:MOODS], np.float64)
    mood = np.empty(_WIDE)
    mood[_ROW] = values
    return mood
