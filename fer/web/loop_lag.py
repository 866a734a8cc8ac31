"""How late the server's event loop runs: every page, web socket and camera waits for it."""

from __future__ import annotations

import asyncio
import time
from collections import deque

EVERY_S = 0.25
"""Seconds between two looks at the loop."""

REMEMBERED_S = 120.0


class LoopLag:
    """Watches one event loop. `worst` may be called from any thread."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque(maxlen=round(REMEMBERED_S / EVERY_S))

    async def watch(self) -> None:
        """Look at the loop for as long as it runs; cancel the task to end it."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(EVERY_S)
            now = time.monotonic()
            self._late.append((now, max(0.0, now - began - EVERY_S)))

    def worst(self, seconds: float = 10.0) -> float:
        """The longest delay of the loop within the last `seconds`, in s."""
        since = time.monotonic() - seconds
        return max((late for when, late in tuple(self._late) if when >= since), default=0.0)


loop_lag = LoopLag()
"""Watches the loop that serves this process's pages."""
