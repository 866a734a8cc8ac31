"""Cameras that wait until the server has memory for them, in the order in which they came."""

from __future__ import annotations

import threading
import time

from fer.reserve import RESERVE, Reserve

FOR_A_CAMERA = 60_000_000
"""Bytes that must be free when a camera starts. In `python -m benchmarks memory` two of them, 20
students and an analysis took 250 MB together, of which an analysis may take 135."""

FORGOTTEN_S = 70.0
"""Seconds after which one who no longer asks has left the line. Browsers let pages in the
background ask only once a minute, as that of a teacher who waits in the window of a video call."""


class WaitingLine:
    """Who may start a camera now, and who waits. Safe from any thread.

    A camera is known by a name of the caller's choice. One that waits asks again and again; one
    that runs does not ask.
    """

    def __init__(self, memory: Reserve = RESERVE, each: int = FOR_A_CAMERA) -> None:
        """Args:
        memory: the memory that the cameras share with everything else.
        each: how many bytes a camera takes.
        """
        self._memory = memory
        self._each = each
        self._lock = threading.Lock()
        self._waiting: dict[str, float] = {}

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
            since = now - FORGOTTEN_S
            self._waiting = {name: at for name, at in self._waiting.items() if at >= since}
            if self._memory.holds(name, now):
                return 0
            line = list(self._waiting)
            ahead = line.index(name) if name in line else len(line)
            if self._may_start(name, starts or name in line, ahead, now):
                self._waiting.pop(name, None)
                return 0
            self._waiting[name] = now  # one that is known keeps its place
            return ahead + 1

    def _may_start(self, name: str, at_once: bool, ahead: int, now: float) -> bool:
        """Returns whether there is memory beside that of those ahead; keeps it for one at once."""
        if at_once:
            return self._memory.take(name, self._each, self._each * ahead, now)
        return self._memory.free(now) >= self._each * (ahead + 1)
