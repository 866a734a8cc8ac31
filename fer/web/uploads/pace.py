"""How slowly an upload may come."""

from __future__ import annotations

WINDOW_S = 60.0
"""Seconds of waiting after which the pace of an upload is judged."""

LEAST = 480_000
"""Bytes that must come in such a time: 64 kbit/s. Six files that are sent at the same time over a
line of 384 kbit/s, as old mobile networks have, still pass."""


class Pace:
    """Judges the pace of one upload.

    Space on the disk is kept free for an upload as long as it goes on. So one that sends a byte now
    and then would keep all others out.
    """

    def __init__(self) -> None:
        self._waited_s = 0.0
        self._arrived = 0

    def allows(self, waited_s: float, arrived: int) -> bool:
        """Take note of the next piece; returns whether the upload may go on.

        Args:
            waited_s: seconds for which the server waited for the piece. The time in which it writes
                to its own disk is not the sender's fault.
            arrived: length of the piece in bytes.
        """
        self._waited_s += waited_s
        self._arrived += arrived
        if self._waited_s < WINDOW_S:
            return True
        enough = self._arrived >= LEAST
        self._waited_s, self._arrived = 0.0, 0
        return enough
