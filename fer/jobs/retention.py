"""Deletes results that are older than they may be."""

from __future__ import annotations

import logging

from fer.errors import RecordingError
from fer.jobs.board import JobBoard
from fer.keeping import oldest_kept

_log = logging.getLogger(__name__)


def delete_old(board: JobBoard, keep_days: int, now: float) -> int:
    """Delete the results of analyses that were started more than `keep_days` ago.

    Args:
        board: with all results.
        keep_days: 0 keeps them for ever.
        now: s since 1970.

    Returns:
        How many were deleted. What cannot be deleted is tried again at the next call. While
        another process works on the folder, that one deletes.
    """
    if not board.begun:
        return 0
    deleted = 0
    oldest = oldest_kept(keep_days, now)
    for job in board.finished():
        if job.created >= oldest:
            continue
        try:
            board.delete(job.id)
            deleted += 1
        except RecordingError as problem:
            _log.error("a result that is too old is not deleted: %s", problem)
    return deleted
