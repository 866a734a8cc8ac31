"""Results that somebody has thrown away: gone from the lists at once, from the disk a minute later.

Until then they can be taken back. When the process ends by itself they are deleted; where it is
killed within the minute, they are back in the lists.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable

from fer.errors import RecordingError
from fer.jobs.board import JobBoard

UNDO_S = 60.0
"""How long a result can be taken back."""

_log = logging.getLogger(__name__)


class Bin:
    """The thrown-away results of one board. Safe to use from any thread."""

    def __init__(
        self,
        board: JobBoard,
        seconds: float = UNDO_S,
        deleted: Callable[[str], None] = lambda job_id: None,
    ) -> None:
        """Args:
        board: holds the results.
        seconds: how long they can be taken back.
        deleted: called with the id of each result once it is deleted.
        """
        self._board = board
        self._seconds = seconds
        self._deleted = deleted
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._problems: dict[str, str] = {}

    def put(self, job_ids: Collection[str]) -> None:
        """Throw results away."""
        until = time.monotonic() + self._seconds
        with self._lock:
            self._until.update(dict.fromkeys(job_ids, until))
            for job_id in job_ids:
                self._problems.pop(job_id, None)
        timer = threading.Timer(self._seconds, self.empty)
        timer.daemon = True
        timer.start()

    def take_back(self, job_ids: Iterable[str]) -> None:
        """Bring results back that are not deleted yet."""
        with self._lock:
            for job_id in job_ids:
                self._until.pop(job_id, None)

    def holds(self, job_id: str) -> bool:
        """Whether a result is thrown away and not deleted yet."""
        with self._lock:
            return job_id in self._until

    def problem(self, job_id: str) -> str | None:
        """Why a result that was thrown away could not be deleted; None where it could."""
        with self._lock:
            return self._problems.get(job_id)

    def empty(self, *, early: bool = False) -> None:
        """Delete what was thrown away long enough ago; with `early`, everything.

        What cannot be deleted is back in the lists, and `problem` says why.
        """
        now = time.monotonic()
        with self._lock:
            due = [job_id for job_id, until in self._until.items() if early or until <= now + 0.5]
        for job_id in due:
            try:
                self._board.delete(job_id)
                self._deleted(job_id)
            except RecordingError as problem:
                _log.error("a result that was thrown away is not deleted: %s", problem)
                with self._lock:
                    self._problems[job_id] = str(problem)
            self.take_back([job_id])


def empty_at_exit(bin_: Bin) -> Bin:
    """Empty a bin when the process ends; returns it."""
    atexit.register(bin_.empty, early=True)
    return bin_
