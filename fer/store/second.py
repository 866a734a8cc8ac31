"""One second of a class as sums that add: seconds of several processes become one by addition."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from fer.mood.bucket import MoodBucket

MOODS = len(MoodBucket().numbers)
PRESSES = 7
"""Four pulses and three answers, in the order of `fer.classroom.pulse`."""


@dataclass(frozen=True, eq=False)
class ClassSecond:
    """Sums over the students of a class in one second, or in several seconds together.

    Attributes:
        second: s since the class was opened; the first one of several.
        length: how many seconds it sums up.
        present: students connected, with or without a camera; of several seconds the fewest.
        sharing: students of whom a face was read and summed up; of several seconds the fewest.
        moved: in how many processes the group that is summed up changed by fewer than k students.
        sources: how many processes it is of; of several seconds the fewest.
        mood: float64 (102,), `MoodBucket.numbers` with each student's second counted as one
            picture, and with 0 frames: the frames of a class are its seconds. Sums of the group are
            scaled to all who share.
        pressed: float64 (7,), presses of pulses and answers. One that replaces an earlier press
            takes back what is left of that, so a sum may be negative.
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
        """The same second, as two processes saw it."""
        return replace(
            self,
            present=self.present + other.present,
            sharing=self.sharing + other.sharing,
            moved=self.moved + other.moved,
            sources=self.sources + other.sources,
            mood=self.mood + other.mood,
            pressed=self.pressed + other.pressed,
        )

    def buckets(self) -> list[tuple[int, MoodBucket]]:
        """The readings as one bucket a second, each the mean over the seconds summed up."""
        numbers = self.mood / self.length
        numbers[0] = 1.0
        bucket = MoodBucket.from_numbers(numbers)
        return [(self.second + step, bucket) for step in range(self.length)]
