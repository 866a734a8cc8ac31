"""Deletes results that are older than they may be."""

from __future__ import annotations

import logging

from fer.errors import RecordingError
from fer.jobs.board import JobBoard

DAY_S = 86400.0

_log = logging.getLogger(__name__)


def delete_old(board: JobBoard, keep_days: int, now: float) -> int:
    """Delete the results of analyses that were started more than `keep_days` ago.

    Args:
        board: with all results.
        keep_days: 0 keeps them for ever.
        now: s since 1970.

    Returns:
        How many were deleted. What cannot be deleted is tried again at the next call.
    """
    deleted = 0
    for job in board.finished() if keep_days else ():
        if now - job.created <= keep_days * DAY_S:
            continue
        try:
            board.delete(job.id)
            deleted += 1
        except RecordingError as problem:
            _log.error("a result that is too old is not deleted: %s", problem)
    return deleted
