"""How much one connection of the students' page may send, checked before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from fer.access.token_bucket import TokenBucket

MAX_PICTURE = 60_000
"""Largest size of a picture in bytes. A picture of 320 × 240 px has 10,000 to 30,000."""


@dataclass(frozen=True)
class Limits:
    """What one connection may send.

    Attributes:
        messages: messages a second, in the long run.
        messages_burst: messages at once.
        bytes: bytes a second, in the long run.
        bytes_burst: bytes at once.
        readings: readings of the student's own device a second, in the long run; more of them are
            dropped. The page sends one a second, and clocks are a little uneven.
        readings_burst: readings at once, after the network stood still.
        picture_gap_s: shortest time in seconds between two pictures; one that comes sooner is
            dropped.
        hello_s: seconds within which the first message has to come.
    """

    messages: float = 5.0
    messages_burst: float = 40.0
    bytes: float = 150_000.0
    bytes_burst: float = 600_000.0
    readings: float = 1.1
    readings_burst: float = 3.0
    picture_gap_s: float = 0.35
    hello_s: float = 10.0


class Allowance:
    """What one connection may still send, in messages and in bytes."""

    def __init__(self, limits: Limits) -> None:
        self._messages = TokenBucket(limits.messages, limits.messages_burst)
        self._bytes = TokenBucket(limits.bytes, limits.bytes_burst)

    def take(self, size: int, now: float) -> bool:
        """Count one more message of `size` bytes; returns whether it is within the limits."""
        return self._messages.take(1, now) and self._bytes.take(size, now)
