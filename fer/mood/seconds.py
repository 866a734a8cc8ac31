"""The sums of each second, in order of time, in tables of numbers that grow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fer.mood.bucket import MoodBucket, classes_of, in_width

_ROOM = 256
"""Number of seconds that a new table has room for."""


class Seconds:
    """The bucket of each second, in order of time. Only one thread at a time may use it.

    The buckets are kept as tables of numbers instead of one object per second, so that hours are
    added up in milliseconds.
    """

    def __init__(self, limit: int) -> None:
        """Args:
        limit: number of seconds to keep; when there are more, the oldest are dropped.
        """
        self._limit = limit
        self._start = self._end = 0
        self._times = np.zeros(_ROOM, np.int64)
        # Single precision halves the 35 MB of twelve hours; sums are made in double precision.
        self._numbers = np.zeros((_ROOM, len(MoodBucket().numbers)), np.float32)

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def times(self) -> np.ndarray:
        """The seconds that have a bucket, int64 (n,), ascending; the next `add` may change it."""
        return self._times[self._start : self._end]

    def add(self, second: int, bucket: MoodBucket) -> None:
        """Add a bucket to a second. This is fast unless there are later seconds."""
        place = self._start + int(np.searchsorted(self.times, second))
        if place == self._end or self._times[place] != second:
            place = self._insert(place, second)
        numbers = bucket.numbers
        classes = max(classes_of(numbers), classes_of(self._numbers))
        # The first reading of a network that knows contempt widens the table.
        self._numbers = in_width(self._numbers, classes)
        self._numbers[place] += in_width(numbers, classes)
        self._start = max(self._start, self._end - self._limit)

    def places(self, first: float | None, last: float | None) -> slice:
        """Positions in `times` of the seconds from `first` to `last`, both included."""
        times = self.times
        low = 0 if first is None else int(np.searchsorted(times, first, "left"))
        high = len(times) if last is None else int(np.searchsorted(times, last, "right"))
        return slice(low, max(low, high))

    def numbers(self, places: slice) -> np.ndarray:
        """A copy of the numbers of some seconds, float32 (n, 102) or (n, 132), see
        `MoodBucket.numbers`."""
        return self._numbers[self._start : self._end][places].copy()

    def total(self, places: slice) -> MoodBucket:
        """The sum of the buckets of some seconds."""
        numbers = self._numbers[self._start : self._end][places].sum(axis=0, dtype=np.float64)
        return MoodBucket.from_numbers(numbers)

    def part(self, places: slice) -> Seconds:
        """A copy of some of the seconds."""
        part = Seconds(self._limit)
        part._times = self.times[places].copy()
        part._numbers = self.numbers(places)
        part._end = len(part._times)
        return part

    def buckets(self) -> Iterator[tuple[int, MoodBucket]]:
        """All seconds with their buckets, in order of time."""
        for row in range(self._start, self._end):
            yield int(self._times[row]), MoodBucket.from_numbers(self._numbers[row])

    def _insert(self, place: int, second: int) -> int:
        """Make an empty row for a second, and return its position."""
        if self._end == len(self._times):
            place -= self._start
            self._make_room()
        for table in (self._times, self._numbers):
            table[place + 1 : self._end + 1] = table[place : self._end]
            table[place] = 0
        self._times[place] = second
        self._end += 1
        return place

    def _make_room(self) -> None:
        """Move the rows to the beginning of new tables that have room for as many again."""
        number = len(self)
        for name in ("_times", "_numbers"):
            old = getattr(self, name)[self._start : self._end]
            table = np.zeros((max(_ROOM, 2 * number), *old.shape[1:]), old.dtype)
            table[:number] = old
            setattr(self, name, table)
        self._start, self._end = 0, number
