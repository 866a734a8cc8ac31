"""The open boards of this process: one for each results folder."""

from __future__ import annotations

import atexit
import threading
from pathlib import Path

from fer.jobs.analysis import CoreOf, analyse_with
from fer.jobs.board import JobBoard
from fer.jobs.room import running_at_once

_boards: dict[Path, JobBoard] = {}
_boards_lock = threading.Lock()


def board(folder: Path, core_of: CoreOf) -> JobBoard:
    """Return this process's only open board of a results folder, which ends with the process.

    A second board on the same folder would take the jobs of the first one for interrupted. So
    everything that differs between visitors belongs in `Options`.

    Args:
        folder: the results folder.
        core_of: returns the core of a model.
    """
    # After a restart, all open tabs connect again at the same moment.
    with _boards_lock:
        if folder not in _boards or _boards[folder].closed:
            _boards[folder] = JobBoard(folder, analyse_with(core_of), running_at_once())
            atexit.register(_boards[folder].close)
        return _boards[folder]
