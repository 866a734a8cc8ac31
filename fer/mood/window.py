"""The class's mood: one-second buckets that add, a rolling window over them, and alerts.

A bucket holds counts and sums only, so it is a commutative monoid: buckets of windows, streams
or machines combine by `+`, in any order.
"""

from __future__ import annotations

import math
import threading
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, NEGATIVE, UNSURE, VALENCES
from fer.faces.core import FaceReading, FaceState
from fer.mood.trigger import Event, Trigger

HAPPY = EMOTIONS.index("happy")
_NEGATIVE = [EMOTIONS.index(name) for name in NEGATIVE]

TIMELINE_COLUMNS: tuple[str, ...] = (
    "t",
    "frames",
    "faces",
    "unread",
    *EMOTIONS,
    UNSURE,
    "valence",
    "smile",
)
"""Columns of every timeline, live or recorded. See `MoodBucket.row`."""


@dataclass(frozen=True, eq=False)
class MoodBucket:
    """Readings of some faces over some frames, as sums.

    Attributes:
        frames: frames analysed.
        faces: faces seen in them, added up.
        read: those of them whose emotion could be read at all.
        smiles: faces read as happy.
        sums: float64 (7,), probabilities of the faces read with enough confidence, added up.
        sure: number of those faces.
        valence: valence of all faces read, added up.
    """

    frames: int = 0
    faces: int = 0
    read: int = 0
    smiles: int = 0
    sure: int = 0
    valence: float = 0.0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))

    @classmethod
    def of(cls, readings: Sequence[FaceReading]) -> MoodBucket:
        """The bucket of one analysed frame."""
        read = [reading for reading in readings if reading.state != FaceState.UNREAD]
        sure = [reading for reading in read if reading.state == FaceState.READ]
        return cls(
            frames=1,
            faces=len(readings),
            read=len(read),
            smiles=sum(reading.emotion == "happy" for reading in sure),
            sure=len(sure),
            valence=float(sum(reading.probabilities @ VALENCES for reading in read)),
            sums=sum((reading.probabilities for reading in sure), np.zeros(len(EMOTIONS))),
        )

    def __add__(self, other: MoodBucket) -> MoodBucket:
        return MoodBucket(
            self.frames + other.frames,
            self.faces + other.faces,
            self.read + other.read,
            self.smiles + other.smiles,
            self.sure + other.sure,
            self.valence + other.valence,
            self.sums + other.sums,
        )

    @property
    def shares(self) -> np.ndarray | None:
        """Float64 (8,): share of each emotion, then the share of unsure; sums to 1.

        A face read with confidence gives its probabilities; one read without gives its whole
        weight to unsure. None where no face was read.
        """
        if not self.read:
            return None
        return np.append(self.sums, self.read - self.sure) / self.read

    @property
    def negative(self) -> float | None:
        """Share of the negative emotions, or None where no face was read."""
        return None if not self.read else float(self.sums[_NEGATIVE].sum() / self.read)

    @property
    def mean_faces(self) -> float | None:
        """Faces in an average frame, or None where no frame was analysed."""
        return self.faces / self.frames if self.frames else None

    @property
    def dominant(self) -> str | None:
        """The emotion with the largest share; None where no face was read with confidence."""
        return EMOTIONS[int(np.argmax(self.sums))] if self.sure else None

    def row(self, t: float) -> dict[str, float]:
        """This bucket as a row of a timeline.

        `t` s; `frames` analysed; `faces` and `unread` faces in an average frame; the share of
        each emotion and of `unsure` among the faces read (they sum to 1); `valence` from -1 to 1;
        `smile` the share of faces read that are happy. NaN where there was nothing to measure.
        """
        nan = math.nan
        shares = self.shares if self.read else np.full(len(EMOTIONS) + 1, nan)
        values = (
            t,
            self.frames,
            self.faces / self.frames if self.frames else nan,
            (self.faces - self.read) / self.frames if self.frames else nan,
            *(shares if shares is not None else ()),
            self.valence / self.read if self.read else nan,
            self.smiles / self.read if self.read else nan,
        )
        return dict(zip(TIMELINE_COLUMNS, map(float, values), strict=True))


EMPTY = MoodBucket()


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


def add_up(buckets: Iterable[MoodBucket]) -> MoodBucket:
    """The sum of buckets."""
    return sum(buckets, EMPTY)


@dataclass(frozen=True)
class AlertLimits:
    """When to raise an alert.

    Attributes:
        negative: share of negative emotions that counts as a negative mood.
        presence: share of the usual number of faces below which faces count as missing.
        hold_s: how long either must last, in seconds.
    """

    negative: float = 0.40
    presence: float = 0.50
    hold_s: float = 15.0

    MARGIN = 0.10
    """An alert ends this far inside its limit; nearer where there is no room, at 10 or 90 %."""


class MoodAlerts:
    """Watches the seconds of a `MoodWindow` and keeps the list of alerts."""

    USUAL_SECONDS = 30
    """Seconds with faces needed before a number of faces counts as usual."""

    def __init__(self, limits: AlertLimits | None = None) -> None:
        self.limits = limits or AlertLimits()
        self.events: list[Event] = []
        limits = self.limits
        negative_over = max(limits.negative - limits.MARGIN, limits.negative / 2)
        self._negative = Trigger(limits.negative, negative_over, limits.hold_s)
        presence_over = min(limits.presence + limits.MARGIN, (limits.presence + 1) / 2)
        self._presence = Trigger(limits.presence, presence_over, limits.hold_s)
        # In order of size: a median of hours of seconds, taken anew each second, would take long
        # when new limits are applied to them all.
        self._usual: list[float] = []

    def update(self, second: float, bucket: MoodBucket) -> None:
        """Feed the bucket of the next second."""
        limits = self.limits
        self._note(
            self._negative,
            second,
            bucket.negative,
            "negative mood",
            f"Negative mood rose above {limits.negative:.0%} for {limits.hold_s:.0f} s.",
        )
        faces = bucket.mean_faces
        known = len(self._usual)
        usual = self._usual[known // 2] if known >= self.USUAL_SECONDS else 0.0
        if faces and not self._presence.active:
            insort(self._usual, faces)
        self._note(
            self._presence,
            second,
            faces / usual if usual and faces is not None else None,
            "faces missing",
            f"Fewer than {limits.presence:.0%} of the usual {usual:.0f} faces were visible "
            f"for {limits.hold_s:.0f} s.",
        )

    def _note(
        self, trigger: Trigger, second: float, value: float | None, kind: str, text: str
    ) -> None:
        change = trigger.update(second, value)
        if change == "start":
            self.events.append(Event(kind, trigger.since, None, trigger.extreme, text))
        elif trigger.active or change == "end":
            last = max(i for i, event in enumerate(self.events) if event.kind == kind)
            end = trigger.since if change == "end" else None
            self.events[last] = replace(self.events[last], end=end, strength=trigger.extreme)
