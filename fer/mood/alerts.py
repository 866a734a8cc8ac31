"""Alerts of a live session: a negative mood, and faces that are missing."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from fer.emotions import NEGATIVE, places
from fer.mood.bucket import COUNTS, MoodBucket, aligned
from fer.mood.cells import effective_readings
from fer.mood.prevalence import Prevalence, mean_shares
from fer.mood.trigger import Event, Trigger
from fer.mood.window import MoodWindow
from fer.text import counted

NEGATIVE_MOOD, FACES_MISSING = "negative mood", "faces missing"
"""The kinds of alerts."""

COVERED = frozenset({NEGATIVE_MOOD, "low presence"})
"""Kinds of `fer.mood.moments` that the alerts stand for. A moment is found with fixed limits, in
however few faces, so a report with alerts must not list it."""

_TOGETHER = 1000
"""Number of seconds whose shares are calculated at once; more would take much memory."""


class Watched(NamedTuple):
    """The values of one second that the alerts depend on.

    Attributes:
        second: s since the start of the session.
        negative: lower bound of the share of the negative emotions; None where no face was read.
        read: faces read in an average frame.
        faces: faces seen in an average frame; None where no frame was analysed.
    """

    second: float
    negative: float | None
    read: float
    faces: float | None

    @classmethod
    def of(cls, second: float, bucket: MoodBucket, prevalence: Prevalence | None) -> Watched:
        """Make the values of one second from its bucket.

        Args:
            second: s since the start of the session.
            bucket: sums of the readings in that second.
            prevalence: that of the network that read the faces; None takes mean probabilities.
        """
        return cls.each([(second, bucket)], prevalence)[0]

    @classmethod
    def each(
        cls, seconds: Sequence[tuple[float, MoodBucket]], prevalence: Prevalence | None
    ) -> list[Watched]:
        """The same of many seconds, which is faster together: an hour takes a moment.

        Args:
            seconds: each with its bucket, at least one.
            prevalence: as for `of`.
        """
        numbers = aligned([bucket.numbers for _, bucket in seconds])
        frames, _, read, _ = numbers[:, :COUNTS].T
        mean_read = np.divide(read, frames, out=np.zeros(len(read)), where=frames > 0)
        negative: list[float | None] = [None] * len(seconds)
        some = np.flatnonzero(read)
        for start in range(0, len(some), _TOGETHER):
            part = some[start : start + _TOGETHER]
            shares = (mean_shares if prevalence is None else prevalence.shares)(
                numbers[part, COUNTS:],
                effective=effective_readings(read[part], read[part] / np.maximum(frames[part], 1)),
            )
            unpleasant = places(NEGATIVE, shares.values.shape[-1])
            for place, low in zip(part, shares.together(unpleasant)[1], strict=True):
                negative[place] = float(low)
        return [
            cls(second, low, float(faces), bucket.mean_faces)
            for (second, bucket), low, faces in zip(seconds, negative, mean_read, strict=True)
        ]


@dataclass(frozen=True)
class AlertLimits:
    """When to raise an alert.

    Attributes:
        negative: the mood counts as negative when the lower bound of the share of negative
            emotions is above this share.
        presence: faces count as missing when fewer than this share of the usual number is visible.
        hold_s: how long either must last, in seconds.
        faces: smallest number of faces read in an average frame for an alert about the mood; with
            fewer faces, the readings say little about a class.
    """

    negative: float = 0.40
    presence: float = 0.50
    hold_s: float = 15.0
    faces: float = 5.0

    MARGIN = 0.10
    """An alert ends when its value is back inside the limit by this much, or by less if a limit
    such as 10 or 90 % leaves no room for it."""


class MoodAlerts:
    """Watches the seconds of a session and keeps the list of its alerts."""

    USUAL_SECONDS = 30
    """Number of seconds with faces after which the usual number of faces is known."""

    MEMORY_SECONDS = MoodWindow.MAX_SECONDS
    """The usual number of faces is the median over so many seconds with faces, the latest ones."""

    def __init__(self, limits: AlertLimits | None = None) -> None:
        """Args:
        limits: when to raise an alert; None takes the defaults.
        """
        self.limits = limits or AlertLimits()
        self.events: list[Event] = []
        limits = self.limits
        negative_over = max(limits.negative - limits.MARGIN, limits.negative / 2)
        self._negative = Trigger(limits.negative, negative_over, limits.hold_s)
        presence_over = min(limits.presence + limits.MARGIN, (limits.presence + 1) / 2)
        self._presence = Trigger(limits.presence, presence_over, limits.hold_s)
        # Sorted, so that the median is at hand: calculating it from hours of seconds, once for
        # every second, would take long when new limits are applied to a whole session.
        self._usual: list[float] = []
        # The same numbers in order of time, to know which to drop.
        self._recent: deque[float] = deque()

    def update(self, watched: Watched) -> None:
        """Feed the next second."""
        limits, second, faces = self.limits, watched.second, watched.faces
        self._note(
            self._negative,
            second,
            watched.negative if watched.read >= limits.faces else None,
            NEGATIVE_MOOD,
            f"Unpleasant expressions rose above {limits.negative:.0%} for {limits.hold_s:.0f} s.",
        )
        known = len(self._usual)
        usual = self._usual[known // 2] if known >= self.USUAL_SECONDS else 0.0
        if faces and not self._presence.active:
            insort(self._usual, faces)
            self._recent.append(faces)
            if len(self._recent) > self.MEMORY_SECONDS:
                del self._usual[bisect_left(self._usual, self._recent.popleft())]
        self._note(
            self._presence,
            second,
            faces / usual if usual and faces is not None else None,
            FACES_MISSING,
            f"Fewer than {limits.presence:.0%} of the usual {counted(round(usual), 'face')} "
            f"were visible for {limits.hold_s:.0f} s.",
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
