"""One upload on disk."""

from __future__ import annotations

import logging
import secrets
import shutil
import weakref
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread

log = logging.getLogger(__name__)

FOLDER = ".uploads"
"""Name of the folder for uploads, inside the folder for results."""


class StoredFile:
    """A file in the folder for uploads. It is deleted when nothing refers to this object any more.

    Only the account of the app may read it. Its name is random.
    """

    def __init__(self, folder: Path) -> None:
        """Make an empty file.

        Args:
            folder: the folder for uploads, which is made if it is missing.

        Raises:
            OSError: the folder or the file cannot be made.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / secrets.token_hex(16)
        self.path.touch(mode=0o600, exist_ok=False)
        self.size = 0
        weakref.finalize(self, _delete, self.path)

    async def add(self, data: bytes) -> None:
        """Append data to the file, on another thread.

        Raises:
            OSError: it cannot be written, for example because the disk is full.
        """
        # An idle thread keeps its last arguments, so it gets the path and not this object.
        await anyio.to_thread.run_sync(_append, self.path, data)
        self.size += len(data)

    def open(self) -> BinaryIO:
        """Returns the file, open for reading. It can be read to its end even after it was deleted.

        Raises:
            OSError: it cannot be read.
        """
        return self.path.open("rb")


class Content(bytes):
    """Stands for the content of a file on disk in Streamlit's list of uploads.

    Streamlit's record of an upload holds its content as `bytes`, of which Streamlit only takes the
    length and copies them into the `UploadedFile` that a page gets. This object is empty, but has
    the file's length, and it keeps the file from being deleted.
    """

    file: StoredFile

    def __new__(cls, file: StoredFile) -> Content:
        content = super().__new__(cls)
        content.file = file
        return content

    def __len__(self) -> int:
        return self.file.size


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # the next start of the app tries again
        log.exception("cannot delete an upload")


def delete_leftovers(folder: Path) -> None:
    """Delete the uploads that an earlier process left behind when it was killed.

    Args:
        folder: the folder for uploads, which need not exist.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError:
        log.exception("cannot delete the uploads of an earlier process")
