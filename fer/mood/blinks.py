"""Counts blinks of one face from how far its eyes are open over time."""

from __future__ import annotations

from collections import deque

import numpy as np

BLINK_RATE = 15.0
"""Samples per second needed to count blinks: a blink closes the eyes for 0.1 to 0.4 s."""


class BlinkCounter:
    """Counts the blinks of one face from its eye aspect ratio.

    Eyes differ, so both limits are shares of how far this person's eyes are usually open, which is
    the median of the last half minute. In a test clip of a surprised student it counts both blinks,
    at 25 and at 15 samples per second. Laughing narrows the eyes, which is sometimes counted as a
    blink.
    """

    CLOSED, OPEN = 0.75, 0.80
    """Shares of the open eye: below the first an eye is closed, above the second it is open
    again."""

    SHORTEST_S, LONGEST_S = 0.06, 0.6
    """Limits in seconds. If the eyes close for a shorter time, the landmarks were wrong; if they
    close for longer, it was not a blink."""

    BASELINE_S, NEEDED_S = 30.0, 1.0
    """Seconds over which the usual opening is measured, and how many of them are needed before
    blinks are counted."""

    def __init__(self) -> None:
        self.blinks = 0
        self._seen: deque[tuple[float, float]] = deque()
        self._closed_since: float | None = None

    def update(self, t: float, ratio: float) -> bool:
        """Feed one value.

        Args:
            t: time in seconds; must not go back.
            ratio: from `eye_aspect_ratio`; NaN if the face was not read.

        Returns:
            Whether a blink has just ended.
        """
        if not np.isfinite(ratio):
            self._closed_since = None
            return False
        self._seen.append((t, ratio))
        while t - self._seen[0][0] > self.BASELINE_S:
            self._seen.popleft()
        if t - self._seen[0][0] < self.NEEDED_S:
            return False
        usual = float(np.median([value for _, value in self._seen]))
        if self._closed_since is None:
            if ratio < self.CLOSED * usual:
                self._closed_since = t
            return False
        if ratio <= self.OPEN * usual:
            return False
        lasted, self._closed_since = t - self._closed_since, None
        # The eyes may have closed and opened up to one sample before it was noticed.
        if not self.SHORTEST_S <= lasted <= self.LONGEST_S:
            return False
        self.blinks += 1
        return True
