"""How many analyses run at a time, by the memory that there is."""

from __future__ import annotations

import time
from collections.abc import Callable

from fer.machine import memory_limit

MOST = 2
"""Number of analyses at one time where there is memory; more would share the same cores."""

ENOUGH = 1 << 30
"""Bytes of memory from which on so many run; else one."""

FOR_ONE = 135_000_000
"""Bytes that must be left when an analysis begins: what the first one of a video call of 25 people,
1280x720, was measured to take at most."""

LOOK_EVERY_S = 0.5


Left = Callable[[], int]
"""A function that returns how many bytes of memory are left."""


def running_at_once() -> int:
    """Returns how many analyses may run at a time."""
    return MOST if memory_limit() >= ENOUGH else 1


def wait_for_room(left: Left, closed: Callable[[], bool]) -> None:
    """Wait until there is memory for one more analysis, so that the system does not end the app.

    Args:
        left: looks how much there is.
        closed: whether nobody waits any more.
    """
    while left() < FOR_ONE and not closed():
        time.sleep(LOOK_EVERY_S)
