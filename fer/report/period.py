"""Times of a recording as times of a day, by which a slider can choose a period."""

from __future__ import annotations

from datetime import time

_LAST = 24 * 3600 - 1


def time_of(seconds: float) -> time:
    """Turns seconds into a time of day, which a slider shows like a clock.

    The slider can show no more than a day, so longer times become the last second of the day.
    """
    whole = min(int(seconds), _LAST)
    return time(whole // 3600, whole // 60 % 60, whole % 60)


def seconds_of(moment: time) -> float:
    """The inverse of `time_of`."""
    return moment.hour * 3600.0 + moment.minute * 60 + moment.second
