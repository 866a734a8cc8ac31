"""A token bucket, the usual way to limit a rate: https://en.wikipedia.org/wiki/Token_bucket."""

from __future__ import annotations

from math import inf


class TokenBucket:
    """Tokens that were taken come back at a steady rate. It is full at first.

    Times are in seconds, by a clock that never goes back.
    """

    def __init__(self, rate: float, burst: float) -> None:
        """Args:
        rate: how many tokens come back in a second.
        burst: how many tokens there are at first and at most.
        """
        self._rate, self._burst = rate, float(burst)
        self._left, self._at = self._burst, -inf

    def take(self, amount: float, now: float) -> bool:
        """Take tokens and return True, or return False and take none if there are too few."""
        enough = self.missing_s(amount, now) == 0
        if enough:
            self._left -= amount
        return enough

    def give_back(self, amount: float) -> None:
        """Put back tokens that were taken for nothing."""
        self._left = min(self._burst, self._left + amount)

    def owe(self, amount: float, now: float) -> float:
        """Take tokens even if there are too few; returns in how many seconds none are owed."""
        wait = self.missing_s(amount, now)
        self._left -= amount
        return wait

    def missing_s(self, amount: float, now: float) -> float:
        """Returns in how many seconds there will be so many tokens; 0 if they are there."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (amount - self._left) / self._rate)
