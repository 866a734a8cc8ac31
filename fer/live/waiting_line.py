"""Cameras that wait until the server has memory for them, in the order in which they came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fer.machine import memory_left

FOR_A_CAMERA = 60_000_000
"""Bytes that must be free when a camera starts. In `python -m benchmarks memory` two of them, 20
students and an analysis took 250 MB together, of which an analysis may take 135."""

PROMISED_S = 20.0
"""Seconds for which room is kept for a camera that may start. Then it has taken its memory, or it
has not come."""

FORGOTTEN_S = 70.0
"""Seconds after which one who no longer asks has left the line. Browsers let pages in the
background ask only once a minute, as that of a teacher who waits in the window of a video call."""


class WaitingLine:
    """Who may start a camera now, and who waits. Safe from any thread.

    A camera is known by a name of the caller's choice. One that waits asks again and again; one
    that runs does not ask.
    """

    def __init__(self, left: Callable[[], int] = memory_left, each: int = FOR_A_CAMERA) -> None:
        """Args:
        left: returns how many bytes of memory are left.
        each: how many bytes a camera takes.
        """
        self._left = left
        self._each = each
        self._lock = threading.Lock()
        self._waiting: dict[str, float] = {}
        self._promised: dict[str, float] = {}

    def place(self, name: str, starts: bool = False, now: float | None = None) -> int:
        """Ask whether a camera may start.

        Args:
            name: the name of the camera.
            starts: whether it starts at once, so that room is kept for it meanwhile. For one that
                has waited, room is kept in any case.
            now: the time in seconds, by a clock that never goes back; None means
                `time.monotonic()`.

        Returns:
            0 if it may start, else its place in the line, from 1.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            self._promised = _later_than(now - PROMISED_S, self._promised)
            self._waiting = _later_than(now - FORGOTTEN_S, self._waiting)
            if name in self._promised:
                return 0
            line = list(self._waiting)
            ahead = line.index(name) if name in line else len(line)
            if self._left() >= self._each * (len(self._promised) + ahead + 1):
                if self._waiting.pop(name, None) is not None or starts:
                    self._promised[name] = now
                return 0
            self._waiting[name] = now  # one that is known keeps its place
            return ahead + 1


def _later_than(time: float, times: dict[str, float]) -> dict[str, float]:
    return {name: at for name, at in times.items() if at >= time}
