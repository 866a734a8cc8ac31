"""Finds events in a signal over time: onset and offset with hysteresis and a minimum duration.

Both the alerts of a live session and the events of a recording are found with `Trigger`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something that happened for some time.

    Attributes:
        kind: short name of the sort of event, such as "negative mood".
        start: time in seconds at which the signal first passed the onset.
        end: time in seconds at which the signal went back for good; None while the event lasts.
        strength: the most extreme value of the signal.
        text: one sentence for the pages that says what happened.
    """

    kind: str
    start: float
    end: float | None
    strength: float
    text: str


class Trigger:
    """Detects when a signal has passed a limit for long enough, and when it is back.

    An event begins once the signal has stayed at or beyond `onset` for `hold_s`, and ends once it
    has stayed inside `offset` for `hold_s`. There are two limits, so that a signal that moves
    around one of them does not start a new event with every step.

    Short gaps in the signal are bridged. A longer gap ends the event, since nobody knows what the
    signal did meanwhile.
    """

    def __init__(self, onset: float, offset: float, hold_s: float, gap_s: float = 10.0) -> None:
        """Args:
            onset: limit that starts an event. If it is above `offset`, events are high values; if
                it is below, events are low values.
            offset: limit that ends an event.
            hold_s: how long either limit must be passed without a break, in seconds.
            gap_s: the longest time without a value that is bridged, in seconds.

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
        self._peak = 0.0
        self._measured: float | None = None

    def update(self, t: float, value: float | None) -> str | None:
        """Feed one value.

        Args:
            t: time in seconds; must not go back.
            value: None if nothing was measured.

        Returns:
            "start" or "end" when this value completes a change, else None. After "start", `since`
            is the time at which the event began. After "end", it is the time at which the event
            was over, or at which the signal was last measured before a gap.
        """
        change = None
        if self._measured is not None and t - self._measured > self.gap_s:
            if self.active:
                self.active, self.since, change = False, self._measured, "end"
            self._measured = self._since = None
        if value is None:
            return change
        self._measured = t
        signed = self._sign * value
        if self.active:
            self.extreme = self._sign * max(self._sign * self.extreme, signed)
            passed = signed < self._sign * self.offset
        else:
            passed = signed >= self._sign * self.onset
        if not passed:
            self._since = None
            return change
        if self._since is None:
            self._since, self._peak = t, value
        self._peak = self._sign * max(self._sign * self._peak, signed)
        # After a gap, the first value may already be that of the next event.
        if change or t - self._since < self.hold_s:
            return change
        self.active = not self.active
        self.since, self._since = self._since, None
        if not self.active:
            return "end"
        self.extreme = self._peak
        return "start"

    since: float = 0.0
    """Time at which the latest change began."""
