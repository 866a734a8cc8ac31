"""The memory that is kept for what has just started, so that nothing else counts on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fer.machine import memory_left

Left = Callable[[], int]
"""A function that returns how many bytes of memory are left."""

KEPT_S = 20.0
"""Seconds for which memory is kept for what has started. Then it has taken its memory, or it has
not come."""


class Reserve:
    """Who may take how much of the memory that is left. Safe from any thread.

    Whoever starts has a name of the caller's choice. The time `now` is in seconds, by a clock that
    never goes back; None means `time.monotonic()`.
    """

    def __init__(self, left: Left = memory_left) -> None:
        """Args:
        left: returns how many bytes of memory are left.
        """
        self._left = left
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, float]] = {}

    def free(self, now: float | None = None) -> int:
        """Returns how many bytes are left that are not kept for anybody; may be below 0."""
        with self._lock:
            return self._free(_clock(now))

    def take(self, name: str, size: int, spared: int = 0, now: float | None = None) -> bool:
        """Keep memory for somebody who starts at once, if there is enough.

        Args:
            name: who starts.
            size: how many bytes it takes.
            spared: how many bytes must be free beyond that, for others who come first.
            now: the time.

        Returns:
            Whether there is enough. Otherwise nothing is kept.
        """
        now = _clock(now)
        with self._lock:
            if self._free(now) < size + spared:
                return False
            self._kept[name] = size, now
            return True

    def holds(self, name: str, now: float | None = None) -> bool:
        """Returns whether memory is kept for somebody."""
        now = _clock(now)
        with self._lock:
            self._forget(now)
            return name in self._kept

    def give_back(self, name: str) -> None:
        """Keep no memory for somebody any more, who has ended."""
        with self._lock:
            self._kept.pop(name, None)

    def _free(self, now: float) -> int:
        self._forget(now)
        return self._left() - sum(size for size, _ in self._kept.values())

    def _forget(self, now: float) -> None:
        self._kept = {name: kept for name, kept in self._kept.items() if kept[1] >= now - KEPT_S}


RESERVE = Reserve()
"""The reserve that everything in this process shares."""


def _clock(now: float | None) -> float:
    return time.monotonic() if now is None else now
