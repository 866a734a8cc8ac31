"""A lock between processes: a file that one process at a time can hold.

The system lets go of it when the process ends, also when that is killed. The file itself stays,
because a process that deletes it could delete the one that another process has just locked.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """A lock, which this object takes and gives back. Two objects never hold one at a time."""

    def __init__(self, path: Path) -> None:
        """Args:
        path: the file. It is made by `take`, with the folder that it is in.
        """
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock if nobody else holds it; returns whether this object holds it now.

        Raises:
            OSError: the file cannot be made or opened, or its file system knows no locks.
        """
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = _opened(self.path, os.O_CREAT)
        return self._descriptor is not None

    def give_back(self) -> None:
        """Let others take the lock. Without having it, this changes nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_held(self) -> bool:
        """Return whether anybody holds the lock. Nothing is made for the answer."""
        if self._descriptor is not None:
            return True
        with contextlib.suppress(OSError):
            descriptor = _opened(self.path)
            if descriptor is None:
                return True
            os.close(descriptor)
        return False


def _opened(path: Path, flags: int = 0) -> int | None:
    """Open and lock a file; None if somebody else has locked it."""
    # Python opens files so that no program that this process starts holds them, too.
    descriptor = os.open(path, os.O_RDWR | flags, 0o600)
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):  # Windows says the second
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
