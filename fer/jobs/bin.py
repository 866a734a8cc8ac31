"""Throws results away: gone from the lists at once, and from the disk a minute later.

Until then they can be taken back. When the process ends, they are deleted; if it is killed, the
next start deletes them.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable

from fer.errors import RecordingError
from fer.jobs.board import JobBoard
from fer.jobs.problems import not_deleted
from fer.keeping import UNDO_S

_log = logging.getLogger(__name__)


class Bin:
    """The results of one board that were thrown away. Safe to use from any thread."""

    def __init__(self, board: JobBoard, seconds: float = UNDO_S) -> None:
        """Args:
        board: the board with the results.
        seconds: how long they can be taken back.
        """
        self._board = board
        self._seconds = seconds
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        # What is being deleted can no longer be taken back.
        self._going: set[str] = set()
        self._problems: dict[str, str] = {}

    def put(self, job_ids: Collection[str]) -> None:
        """Throw results away. Those that are thrown away already keep their time.

        A result that cannot be thrown away stays in the lists, and `problem` says why.
        """
        until = time.monotonic() + self._seconds
        with self._lock:
            for job_id in set(job_ids) - set(self._until):
                self._problems.pop(job_id, None)
                if self._moved(job_id, self._board.files.throw_away):
                    self._until[job_id] = until
        timer = threading.Timer(self._seconds, self.empty)
        timer.daemon = True
        timer.start()

    def take_back(self, job_ids: Iterable[str]) -> None:
        """Bring results back that are not deleted yet."""
        with self._lock:
            for job_id in set(job_ids) - self._going:
                self._take_back(job_id)

    def holds(self, job_id: str) -> bool:
        """Return whether a result is thrown away and not deleted yet."""
        with self._lock:
            return job_id in self._until

    def problem(self, job_id: str) -> str | None:
        """Return why a result could not be deleted, in words for the user; None if it could."""
        with self._lock:
            return self._problems.get(job_id)

    def empty(self, *, early: bool = False) -> None:
        """Delete the results that were thrown away long enough ago.

        A result that cannot be deleted is back in the lists, and `problem` says why.

        Args:
            early: whether to delete the others as well.
        """
        now = time.monotonic()
        with self._lock:
            due = [job_id for job_id, until in self._until.items() if early or until <= now + 0.5]
        for job_id in due:
            with self._lock:
                if job_id not in self._until or job_id in self._going:
                    continue  # somebody took it back while others were deleted
                self._going.add(job_id)
            try:
                self._board.delete(job_id)
                problem = None
            except RecordingError as error:
                _log.error("job %s was thrown away, but is not deleted", job_id)
                problem = str(error)
            with self._lock:
                self._going.discard(job_id)
                self._take_back(job_id)
                if problem is not None:
                    self._problems[job_id] = problem

    def _take_back(self, job_id: str) -> None:
        if self._until.pop(job_id, None) is not None:
            self._moved(job_id, self._board.files.take_back)

    def _moved(self, job_id: str, move: Callable[[str], None]) -> bool:
        """Change a job's files. Returns whether that succeeded; if not, `problem` says why."""
        job = self._board.get(job_id)
        if job is None:
            return False
        try:
            self._board.must_have_begun()
            move(job_id)
        except RecordingError as problem:
            self._problems[job_id] = str(problem)
            return False
        except OSError as error:
            _log.exception("cannot change job %s", job_id)
            self._problems[job_id] = not_deleted(job.name, error)
            return False
        return True


def empty_at_exit(bin_: Bin) -> Bin:
    """Let a bin be emptied when the process ends, and return the bin."""
    atexit.register(bin_.empty, early=True)
    return bin_
