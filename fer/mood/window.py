"""The mood of a whole session, second by second, with rolling views of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fer.faces.core import FaceReading
from fer.mood.bucket import EMPTY, MoodBucket, add_up
from fer.mood.timeline import TIMELINE_COLUMNS


@dataclass(frozen=True)
class Mark:
    """A moment that the instructor marked: time in seconds and what it was."""

    t: float
    text: str


class MoodWindow:
    """The mood of a whole session as one bucket a second, with rolling views of it.

    Times are seconds of any one clock. Readings may come out of order. Threads may share a window.
    """

    MAX_SECONDS = 12 * 3600
    """Older seconds are dropped, so that a page left open overnight does not grow."""

    def __init__(self) -> None:
        # Copying a dictionary is not atomic: the garbage collector may let a writer in between.
        self._lock = threading.Lock()
        self._buckets: dict[int, MoodBucket] = {}
        self.marks: list[Mark] = []

    def add(self, t: float, readings: Sequence[FaceReading]) -> None:
        """Count the readings of one frame taken at time `t`."""
        self.merge(math.floor(t), MoodBucket.of(readings))

    def merge(self, second: int, bucket: MoodBucket) -> None:
        """Add a bucket to a second; how windows of several streams become one."""
        with self._lock:
            self._buckets[second] = self._buckets.get(second, EMPTY) + bucket
            while len(self._buckets) > self.MAX_SECONDS:
                del self._buckets[min(self._buckets)]

    def mark(self, t: float, text: str) -> None:
        """Note a moment."""
        self.marks.append(Mark(t, text))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._buckets.clear()
        self.marks.clear()

    def total(self, now: float | None = None, seconds: float | None = None) -> MoodBucket:
        """The sum over the last `seconds` before `now`; over the whole session without them."""
        items = self._items()
        if now is not None and seconds is not None:
            first = math.floor(now) - seconds
            items = [(second, bucket) for second, bucket in items if first < second <= now]
        return add_up(bucket for _, bucket in items)

    def seconds(self) -> list[tuple[int, MoodBucket]]:
        """All seconds in which something was analysed, in order of time."""
        return sorted(self._items(), key=lambda item: item[0])

    def _items(self) -> list[tuple[int, MoodBucket]]:
        with self._lock:
            return list(self._buckets.items())

    def at(self, second: int) -> MoodBucket:
        """The bucket of one second; the empty one where nothing was analysed."""
        return self._buckets.get(second, EMPTY)

    def timeline(
        self,
        smooth_s: int = 1,
        *,
        since: float | None = None,
        until: float | None = None,
        step_s: int = 1,
    ) -> pd.DataFrame:
        """Rows with `TIMELINE_COLUMNS`, one a second; none before something was analysed.

        They reach from the first second that was analysed or marked to the last one.

        Args:
            smooth_s: each row sums up this many seconds, its own the last. Seconds without
                frames are rows of NaN, so a pause shows as a gap and not as a straight line.
            since, until: leave out the rows before and after these times in seconds.
            step_s: seconds that one row stands for; more than one thins a long session.
        """
        known = dict(self.seconds())
        if not known:
            return pd.DataFrame({name: pd.Series(dtype=float) for name in TIMELINE_COLUMNS})
        seconds = [*known, *(math.floor(mark.t) for mark in self.marks)]
        first, last = min(seconds), max(seconds)
        if since is not None:
            first = max(first, math.floor(since))
        if until is not None:
            last = min(last, math.floor(until))
        rows = []
        # Steps lie on multiples of their length, so that rows stay put while the session grows.
        for second in range(first - first % step_s, last + 1, step_s):
            span = range(second, second + step_s)
            bucket = EMPTY
            if any(own in known for own in span):
                recent = range(second - smooth_s + 1, second + step_s)
                bucket = add_up(known[own] for own in recent if own in known)
            rows.append(bucket.row(second))
        return pd.DataFrame(rows, columns=list(TIMELINE_COLUMNS))
