"""The mood of a whole session, second by second, and rolling views of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.faces.core import FaceReading
from fer.mood.bucket import READ, MoodBucket
from fer.mood.known_rows import KnownRows
from fer.mood.prevalence import Prevalence
from fer.mood.seconds import Seconds
from fer.mood.sums_table import sums_table
from fer.mood.tabulate import NOTHING, tabulate

LONGEST_PAUSE = 3600
"""Largest number of rows that a pause has in a timeline. A longer pause has only its first and its
last row."""


@dataclass(frozen=True)
class Mark:
    """A moment that the instructor marked: its time in seconds and a text."""

    t: float
    text: str


class MoodWindow:
    """The mood of a whole session, kept as one bucket per second.

    Times are seconds of any clock, as long as it is always the same one. Readings may come out of
    order. Threads may share a window: a reader delays a writer for a few milliseconds at the most.
    """

    MAX_SECONDS = 12 * 3600
    """Number of seconds that are kept. Older ones are dropped, so that a page that is left open
    overnight does not fill the memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = Seconds(self.MAX_SECONDS)
        self.marks: list[Mark] = []

    def add(self, t: float, readings: Sequence[FaceReading]) -> None:
        """Add the readings of one frame that was taken at time `t`, in seconds."""
        self.merge(math.floor(t), MoodBucket.of(readings))

    def merge(self, second: int, bucket: MoodBucket) -> None:
        """Add a bucket to a second. This is also how the windows of several streams are joined."""
        with self._lock:
            self._seconds.add(second, bucket)

    def mark(self, t: float, text: str) -> None:
        """Note a moment."""
        self.marks.append(Mark(t, text))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._seconds = Seconds(self.MAX_SECONDS)
        self.marks.clear()

    def total(self, now: float | None = None, seconds: float | None = None) -> MoodBucket:
        """The sum over the last `seconds` before `now`; if one is None, over the whole session."""
        with self._lock:
            if now is None or seconds is None:
                return self._seconds.total(slice(None))
            return self._seconds.total(self._last(now, seconds))

    def read_for(self, now: float, seconds: float) -> int:
        """For how many seconds faces were read in the last `seconds` before `now`: from the first
        second with a readable face to the last one, however many there are between them."""
        with self._lock:
            part = self._seconds.part(self._last(now, seconds))
        read = part.times[part.numbers(slice(None))[:, READ] > 0]
        return int(read[-1] - read[0]) + 1 if len(read) else 0

    def _last(self, now: float, seconds: float) -> slice:
        """Places of the last `seconds` before `now`."""
        # Seconds are whole: the first is the one after `floor(now) - seconds`.
        first = math.floor(math.floor(now) - seconds) + 1
        return self._seconds.places(first, now)

    def seconds(
        self, first: float | None = None, last: float | None = None
    ) -> list[tuple[int, MoodBucket]]:
        """The seconds in which something was analysed, in order of time.

        Args:
            first, last: the first and the last second to return; None means no limit.
        """
        with self._lock:
            part = self._seconds.part(self._seconds.places(first, last))
        return list(part.buckets())

    def sums(self) -> pd.DataFrame:
        """The sums of every second in which something was analysed, see `fer.mood.sums_table`."""
        with self._lock:
            times, numbers = self._seconds.times.copy(), self._seconds.numbers(slice(None))
        return sums_table(times, numbers)

    def timeline(
        self,
        smooth_s: int = 1,
        *,
        since: float | None = None,
        until: float | None = None,
        step_s: int = 1,
        prevalence: Prevalence | None = None,
        known: KnownRows | None = None,
    ) -> pd.DataFrame:
        """The session as a table with `TIMELINE_COLUMNS`, one row per step.

        The rows reach from the first second that was analysed or marked to the last one. There are
        none before something was analysed. A pause of more than `LONGEST_PAUSE` rows has only two.

        Args:
            smooth_s: number of seconds that each row sums up; the last of them is the row's second.
                Seconds without frames are rows of NaN, so that a pause is drawn as a gap, not as a
                straight line.
            since, until: times in seconds of the first and the last row; None means no limit.
            step_s: seconds per row; more than one reduces the rows of a long session.
            prevalence: that of the network that read the faces, see `fer.mood.tabulate.tabulate`.
            known: the rows of the timeline that was shown before, which are not calculated again;
                None calculates all rows.
        """
        marks = [math.floor(mark.t) for mark in list(self.marks)]
        with self._lock:
            times = self._seconds.times
            if not len(times):
                return NOTHING.copy()
            first = min([int(times[0]), *marks])
            last = max([int(times[-1]), *marks])
            if since is not None:
                first = max(first, math.floor(since))
            if until is not None:
                last = min(last, math.floor(until))
            # Steps begin at multiples of their length, so that rows do not shift while a session
            # grows.
            first -= first % step_s
            places = self._seconds.places(first - smooth_s + 1, last + step_s - 1)
            times, numbers = times[places].copy(), self._seconds.numbers(places)
        if first > last:
            return NOTHING.copy()
        seconds = np.array([first, last, *times, *marks], np.int64)
        rows = _without_long_pauses(seconds[(seconds >= first) & (seconds <= last)], step_s)
        sums = _sums(times, numbers, rows, step_s, smooth_s)
        return (known.tabulate if known else tabulate)(rows, sums, prevalence)


def _without_long_pauses(seconds: np.ndarray, step: int) -> np.ndarray:
    """The first second of every step that holds one of `seconds` or lies in a short pause.

    Args:
        seconds: int64 (n,), in any order.
        step: length of a step in seconds.

    Returns:
        int64 (m,), ascending.
    """
    starts = np.unique(seconds - seconds % step)
    parts = [starts]
    for place in np.flatnonzero(np.diff(starts) > step):
        pause = range(int(starts[place]) + step, int(starts[place + 1]), step)
        kept = pause if len(pause) <= LONGEST_PAUSE else (pause[0], pause[-1])
        parts.append(np.array(kept, np.int64))
    return np.sort(np.concatenate(parts))


def _sums(
    times: np.ndarray, numbers: np.ndarray, rows: np.ndarray, step: int, smooth: int
) -> np.ndarray:
    """The numbers of each row, float64 (rows, 102) or (rows, 132), summed over its step and the
    smoothed seconds.

    They are zero if nothing was analysed in the step itself.
    """
    low = np.searchsorted(times, rows - smooth + 1)
    high = np.searchsorted(times, rows + step)
    known = np.searchsorted(times, rows) < high
    sums = np.zeros((len(rows), numbers.shape[1]))
    if known.any():
        # A row of zeros is added, because `reduceat` needs every stretch to begin within the rows.
        padded = np.concatenate([numbers, np.zeros((1, numbers.shape[1]), numbers.dtype)])
        ends = np.column_stack([low[known], high[known]]).ravel()
        sums[known] = np.add.reduceat(padded, ends, axis=0, dtype=np.float64)[::2]
    return sums
