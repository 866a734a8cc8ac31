"""The boards of this process: one for each results folder."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from pathlib import Path

from fer.jobs.analysis import CoreOf, analyse_with
from fer.jobs.board import JobBoard
from fer.jobs.memory import running_at_once
from fer.jobs.turn import Turn

_boards: dict[Path, JobBoard] = {}
_turns: dict[Path, Turn] = {}
_boards_lock = threading.Lock()


def board(folder: Path, core_of: CoreOf, before: Callable[[], None]) -> JobBoard:
    """Return this process's only board of a results folder, which ends with the process.

    Also after `JobBoard.hand_over`, while the process ends: a new board would begin again with what
    the next process is to go on with.

    While another process works on the folder, the board has not begun. Each call looks whether it
    can begin now. Everything that differs between visitors belongs in `Options`.

    Args:
        folder: the results folder.
        core_of: returns the core of a model.
        before: called once, before the board begins: it clears up what the process before left.
    """
    # After a restart, all open tabs connect again at the same moment.
    with _boards_lock:
        if folder not in _boards:
            _boards[folder] = JobBoard(
                folder, analyse_with(core_of), running_at_once(), begins=False
            )
        found = _boards[folder]
        waits = not found.begun and not found.closed
        if waits and _turns.setdefault(folder, Turn(folder)).has_come():
            before()
            found.begin()
        return found


def close() -> None:
    """Close all boards. Those that are opened then list what ran as interrupted."""
    with _boards_lock:
        while _boards:
            _boards.popitem()[1].close()


atexit.register(close)
