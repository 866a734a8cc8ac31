"""The mood of a whole session, second by second, with rolling views of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.faces.core import FaceReading
from fer.mood.bucket import MoodBucket
from fer.mood.prevalence import Prevalence
from fer.mood.seconds import Seconds
from fer.mood.tabulate import NOTHING, tabulate

LONGEST_PAUSE = 3600
"""Rows of a timeline that a pause has at the most. A longer one keeps its first and its last."""


@dataclass(frozen=True)
class Mark:
    """A moment that the instructor marked: time in seconds and what it was."""

    t: float
    text: str


class MoodWindow:
    """The mood of a whole session as one bucket a second, with rolling views of it.

    Times are seconds of any one clock. Readings may come out of order. Threads may share a window:
    reading it holds up a writer for a few milliseconds at the most.
    """

    MAX_SECONDS = 12 * 3600
    """Older seconds are dropped, so that a page left open overnight does not grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = Seconds(self.MAX_SECONDS)
        self.marks: list[Mark] = []

    def add(self, t: float, readings: Sequence[FaceReading]) -> None:
        """Count the readings of one frame taken at time `t`."""
        self.merge(math.floor(t), MoodBucket.of(readings))

    def merge(self, second: int, bucket: MoodBucket) -> None:
        """Add a bucket to a second; how windows of several streams become one."""
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
        """The sum over the last `seconds` before `now`; over the whole session without them."""
        with self._lock:
            if now is None or seconds is None:
                return self._seconds.total(slice(None))
            # Seconds are whole: the first is the one after `floor(now) - seconds`.
            first = math.floor(math.floor(now) - seconds) + 1
            return self._seconds.total(self._seconds.places(first, now))

    def seconds(
        self, first: float | None = None, last: float | None = None
    ) -> list[tuple[int, MoodBucket]]:
        """The seconds in which something was analysed, in order of time.

        Args:
            first, last: leave out the seconds before and after these.
        """
        with self._lock:
            part = self._seconds.part(self._seconds.places(first, last))
        return list(part.buckets())

    def timeline(
        self,
        smooth_s: int = 1,
        *,
        since: float | None = None,
        until: float | None = None,
        step_s: int = 1,
        prevalence: Prevalence | None = None,
    ) -> pd.DataFrame:
        """Rows with `TIMELINE_COLUMNS`, one a second; none before something was analysed.

        They reach from the first second that was analysed or marked to the last one. A pause of
        more than `LONGEST_PAUSE` rows has two.

        Args:
            smooth_s: each row sums up this many seconds, the last of which is the row's. Seconds
                without frames are rows of NaN, so a pause shows as a gap, not as a straight line.
            since, until: leave out the rows before and after these times in seconds.
            step_s: seconds that one row stands for; more than one thins a long session.
            prevalence: of the network that read the faces, see `fer.mood.tabulate.tabulate`.
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
            # Steps lie on multiples of their length, so that rows stay put while a session grows.
            first -= first % step_s
            places = self._seconds.places(first - smooth_s + 1, last + step_s - 1)
            times, numbers = times[places].copy(), self._seconds.numbers(places)
        if first > last:
            return NOTHING.copy()
        wanted = np.array([first, last, *times, *marks], np.int64)
        rows = _without_long_pauses(wanted[(wanted >= first) & (wanted <= last)], step_s)
        sums = _sums(times, numbers, rows, step_s, smooth_s)
        return tabulate(rows, sums, prevalence)


def _without_long_pauses(wanted: np.ndarray, step: int) -> np.ndarray:
    """The first seconds of all steps that hold the wanted ones or lie in a short pause, ascending.

    Args:
        wanted: int64 (n,), in any order.
        step: seconds of a step.
    """
    starts = np.unique(wanted - wanted % step)
    parts = [starts]
    for place in np.flatnonzero(np.diff(starts) > step):
        pause = range(int(starts[place]) + step, int(starts[place + 1]), step)
        kept = pause if len(pause) <= LONGEST_PAUSE else (pause[0], pause[-1])
        parts.append(np.array(kept, np.int64))
    return np.sort(np.concatenate(parts))


def _sums(
    times: np.ndarray, numbers: np.ndarray, rows: np.ndarray, step: int, smooth: int
) -> np.ndarray:
    """The numbers of each row, float64 (rows, 102): its step, and what smoothing adds before it.

    Zero where nothing was analysed in the step itself.
    """
    low = np.searchsorted(times, rows - smooth + 1)
    high = np.searchsorted(times, rows + step)
    known = np.searchsorted(times, rows) < high
    sums = np.zeros((len(rows), numbers.shape[1]))
    if known.any():
        # A row of zeros at the end: no stretch may begin behind the last row.
        padded = np.concatenate([numbers, np.zeros((1, numbers.shape[1]), numbers.dtype)])
        ends = np.column_stack([low[known], high[known]]).ravel()
        sums[known] = np.add.reduceat(padded, ends, axis=0, dtype=np.float64)[::2]
    return sums
