"""How late the server's event loops run: that of pages and web sockets, and that of cameras."""

from __future__ import annotations

import asyncio
import time
from collections import deque

EVERY_S = 0.25
"""Seconds between two checks of the loop."""

REMEMBERED_S = 120.0

LOOPS = 2
"""That of pages and web sockets, and that of cameras; see `keep_media_apart` in their `compat`."""


class LoopLag:
    """Watches up to `LOOPS` event loops. `worst` may be called from any thread."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque(maxlen=round(LOOPS * REMEMBERED_S / EVERY_S))

    async def watch(self) -> None:
        """Check the running loop for as long as it runs. Cancel the task to end this."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(EVERY_S)
            now = time.monotonic()
            self._late.append((now, max(0.0, now - began - EVERY_S)))

    def worst(self, seconds: float = 10.0) -> float:
        """Returns the longest delay of a loop, in seconds, within the last `seconds`."""
        since = time.monotonic() - seconds
        return max((late for when, late in tuple(self._late) if when >= since), default=0.0)


loop_lag = LoopLag()
"""Watches the loops of this process."""
