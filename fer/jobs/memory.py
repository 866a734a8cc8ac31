"""How many analyses run at a time, depending on the available memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from fer.machine import memory_limit
from fer.reserve import Reserve

MOST = 2
"""Number of analyses at a time if there is enough memory; more would share the same cores."""

ENOUGH = 1 << 30
"""Bytes of memory with which that many run; with less, only one."""

FOR_ONE = 135_000_000
"""Bytes that must be free when an analysis begins. That is the most that a first analysis took, for
a video call of 25 people at 1280x720."""

LOOK_EVERY_S = 0.5


def running_at_once() -> int:
    """Returns how many analyses may run at a time."""
    return MOST if memory_limit() >= ENOUGH else 1


def wait_for_memory(memory: Reserve, name: str, closed: Callable[[], bool]) -> None:
    """Wait until there is memory for one more analysis, so that the system does not end the app.

    The memory is kept for it, so that no other analysis or camera counts on it.

    Args:
        memory: the memory that analyses share with everything else.
        name: the name of the analysis, to give the memory back by when it has ended.
        closed: returns whether nobody waits any more.
    """
    while not closed() and not memory.take(name, FOR_ONE):
        time.sleep(LOOK_EVERY_S)
