"""Alerts of a live session: a negative mood, and faces that are missing."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from fer.emotions import EMOTIONS, NEGATIVE
from fer.mood.bucket import MoodBucket
from fer.mood.trigger import Event, Trigger
from fer.mood.window import MoodWindow

if TYPE_CHECKING:
    from fer.mood.prevalence import Prevalence

_NEGATIVE = [EMOTIONS.index(name) for name in NEGATIVE]


class Watched(NamedTuple):
    """What the alerts look at in one second.

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
        """From the bucket of a second.

        Args:
            second: s since the start of the session.
            bucket: what was read in it.
            prevalence: of the network that read the faces; None takes mean probabilities.
        """
        negative = None
        if bucket.read:
            negative = float(bucket.class_shares(prevalence).together(_NEGATIVE)[1])
        read = bucket.read / bucket.frames if bucket.frames else 0.0
        return cls(second, negative, read, bucket.mean_faces)


@dataclass(frozen=True)
class AlertLimits:
    """When to raise an alert.

    Attributes:
        negative: share of negative emotions above which the lower bound of the class's share has
            to lie for a negative mood.
        presence: share of the usual number of faces below which faces count as missing.
        hold_s: how long either must last, in seconds.
        faces: fewest faces read in an average frame for a negative mood; fewer are no class.
    """

    negative: float = 0.40
    presence: float = 0.50
    hold_s: float = 15.0
    faces: float = 5.0

    MARGIN = 0.10
    """An alert ends this far inside its limit; nearer where there is no room, at 10 or 90 %."""


class MoodAlerts:
    """Watches the seconds of a `MoodWindow` and keeps the list of alerts."""

    USUAL_SECONDS = 30
    """Seconds with faces needed before a number of faces counts as usual."""

    MEMORY_SECONDS = MoodWindow.MAX_SECONDS
    """The usual number of faces is the median over so many seconds with faces, the latest ones."""

    def __init__(self, limits: AlertLimits | None = None) -> None:
        """Args:
        limits: when to raise an alert; None takes the usual ones.
        """
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
        # The same numbers in order of time, to know which to drop.
        self._recent: deque[float] = deque()

    def update(self, watched: Watched) -> None:
        """Feed the next second."""
        limits, second, faces = self.limits, watched.second, watched.faces
        self._note(
            self._negative,
            second,
            watched.negative if watched.read >= limits.faces else None,
            "negative mood",
            f"Negative mood rose above {limits.negative:.0%} for {limits.hold_s:.0f} s.",
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
