"""Events in a signal over time: onset and offset with hysteresis and a minimum duration.

Live alerts and the events of a recording are the same thing seen at different times, so both use
the `Trigger` below.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something that lasted.

    Attributes:
        kind: short name of the sort of event, such as "negative mood".
        start: s, when the signal first passed the onset.
        end: s, when it fell back for good; None while it lasts.
        strength: the most extreme value reached.
        text: one sentence that says what happened, for people.
    """

    kind: str
    start: float
    end: float | None
    strength: float
    text: str


class Trigger:
    """Tells when a signal has passed a limit for long enough, and when it is back.

    An event begins once the signal has stayed at or beyond `onset` for `hold_s`, and ends once it
    has stayed inside `offset` for `hold_s`. Two limits instead of one keep a signal that dances
    on the line from starting a new event with every step.

    Short gaps in the signal are bridged. No event spans a longer one, since nobody knows what the
    signal did in it.
    """

    def __init__(self, onset: float, offset: float, hold_s: float, gap_s: float = 10.0) -> None:
        """Args:
            onset: limit that starts an event. Above `offset`, high values count; below it, low.
            offset: limit that ends an event.
            hold_s: how long either limit must be passed without a break, in seconds.
            gap_s: the longest time without a value, in seconds, that is bridged.

        Raises:
            ValueError: the limits are equal or `hold_s` is negative.
        """
        if onset == offset or hold_s < 0:
            raise ValueError(
                f"onset and offset must differ and hold_s be >= 0: {onset}, {offset}, {hold_s}"
            )
        self._sign = 1.0 if onset > offset else -1.0
        self.onset, self.offset, self.hold_s, self.gap_s = onset, offset, hold_s, gap_s
        self.active = False
        self.extreme = 0.0
        self._since: float | None = None
        self._measured: float | None = None

    def update(self, t: float, value: float | None) -> str | None:
        """Feed one value.

        Args:
            t: time in seconds; must not go back.
            value: None where nothing was measured.

        Returns:
            "start" or "end" when this value completes a change, else None. `since` then holds the
            time at which the event began; at an end, the time at which it was over, or was last
            seen before a gap.
        """
        if self._measured is not None and t - self._measured > self.gap_s:
            last, self._measured, self._since = self._measured, None, None
            if self.active:
                self.active, self.since = False, last
                return "end"
        if value is None:
            return None
        self._measured = t
        signed = self._sign * value
        limit = self._sign * (self.offset if self.active else self.onset)
        passed = signed < limit if self.active else signed >= limit
        if self.active:
            self.extreme = self._sign * max(self._sign * self.extreme, signed)
        if not passed:
            self._since = None
            return None
        if self._since is None:
            self._since = t
            if not self.active:
                self.extreme = value
        elif not self.active:
            self.extreme = self._sign * max(self._sign * self.extreme, signed)
        if t - self._since < self.hold_s:
            return None
        self.active = not self.active
        self.since, self._since = self._since, None
        return "start" if self.active else "end"

    since: float = 0.0
    """Time at which the latest change began."""
