"""Whose turn it is to change a folder of results: one process's at a time.

A second process would take the first one's analyses for interrupted ones and delete its uploads. So
it waits until the first has ended, as after an update, where both run for a few seconds.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from fer.errors import StoreError
from fer.lock import Lock

_log = logging.getLogger(__name__)


class Turn:
    """The turn of this process."""

    def __init__(self, folder: Path) -> None:
        """Args:
        folder: the folder of results.
        """
        self._ours = _lock_of_turn(folder)
        self._waits = _lock_of_waiting(folder)
        self._unlockable = False

    def has_come(self) -> bool:
        """Return whether it is this process's turn, which then lasts until the process ends.

        Where files cannot be locked it is: nothing can be written there, or it is a network drive
        that does not tell who else uses it.
        """
        if self._unlockable:
            return True
        try:
            if not self._ours.take():
                # This only shows others that somebody waits.
                with contextlib.suppress(OSError):
                    self._waits.take()
                return False
        except OSError as error:
            _log.warning("a second process on the folder of results will not be noticed: %s", error)
            self._unlockable = True
        self._waits.give_back()
        return True

    def end(self) -> None:
        """Let the next process have its turn."""
        self._ours.give_back()
        self._waits.give_back()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have the turn on a folder while the block runs, so that the app does not begin there.

    Raises:
        StoreError: the app uses the folder.
    """
    turn = Turn(folder)
    try:
        if not turn.has_come():
            raise StoreError(f"The app uses {folder}. Stop it, then restore the backup.")
        yield
    finally:
        turn.end()


def is_taken(folder: Path) -> bool:
    """Return whether a process has its turn on a folder, such as the app that runs."""
    return _lock_of_turn(folder).is_held()


def somebody_waits(folder: Path) -> bool:
    """Return whether a second process waits for its turn on a folder."""
    return _lock_of_waiting(folder).is_held()


def _lock_of_turn(folder: Path) -> Lock:
    return Lock(Path(folder) / ".in-use")


def _lock_of_waiting(folder: Path) -> Lock:
    return Lock(Path(folder) / ".next-in-use")
