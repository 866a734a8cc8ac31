"""Blinks of one face, from how far its eyes are open over time."""

from __future__ import annotations

from collections import deque

import numpy as np

BLINK_RATE = 15.0
"""Samples a second needed to count blinks: the eyes are closed for 0.1 to 0.4 s."""


class BlinkCounter:
    """Counts the blinks of one face from its eye aspect ratio.

    Eyes differ, so both limits are shares of how far this person's eyes are usually open: the
    median of the last half minute. In a test clip of a surprised student it counts the two blinks
    that there are, at 25 and at 15 samples a second. Laughing narrows the eyes and adds blinks
    that are none.
    """

    CLOSED, OPEN = 0.75, 0.80
    """Shares of the open eye: below the first an eye is closed, above the second open again."""

    SHORTEST_S, LONGEST_S = 0.06, 0.6
    """A shorter closing is an error of the landmarks; a longer one is no blink."""

    BASELINE_S, NEEDED_S = 30.0, 1.0
    """Span of the baseline, and how much of it is needed before anything counts."""

    def __init__(self) -> None:
        self.blinks = 0
        self._seen: deque[tuple[float, float]] = deque()
        self._closed_since: float | None = None

    def update(self, t: float, ratio: float) -> bool:
        """Feed one value.

        Args:
            t: s; must not go back.
            ratio: from `eye_aspect_ratio`; NaN where the face was not read.

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
        # Times of samples: half a step may be missing at either end.
        if not self.SHORTEST_S <= lasted <= self.LONGEST_S:
            return False
        self.blinks += 1
        return True
