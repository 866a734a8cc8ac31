"""The last errors of this process, for whoever runs the app."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass

from fer.logs.reference import current
from fer.logs.scrub import Scrubber

KEPT = 50


@dataclass(frozen=True)
class Problem:
    """An error that was logged.

    Attributes:
        at: when it happened, in seconds since 1970.
        reference: the number of the request; "" if there was none.
        logger: the part of the app in which it happened.
        text: the message, and the type of the exception if there was one.
    """

    at: float
    reference: str
    logger: str
    text: str


class Recent(logging.Handler):
    """Keeps the newest errors in memory. Any thread may use it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.scrubber = Scrubber()
        self._newest: deque[Problem] = deque(maxlen=KEPT)
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error that is being logged."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            text = f"{text} ({record.exc_info[0].__name__})"
        text = self.scrubber.scrub(text)
        self._newest.appendleft(Problem(record.created, current(), record.name, text))
        self._count += 1

    def newest(self) -> list[Problem]:
        """Returns the last `KEPT` errors, newest first."""
        return list(self._newest)

    def count(self) -> int:
        """Returns how many errors there have been since the start."""
        return self._count


recent = Recent()
"""The errors of this process."""
