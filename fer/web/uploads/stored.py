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
"""Name of the folder for uploads, inside that of the results."""


class StoredFile:
    """A file in the folder of uploads, which is deleted when nothing refers to this object.

    Only the account that the app runs under may read it. Its name is random.
    """

    def __init__(self, folder: Path) -> None:
        """Make an empty file.

        Args:
            folder: made if it is missing.

        Raises:
            OSError: it cannot be made.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / secrets.token_hex(16)
        self.path.touch(mode=0o600, exist_ok=False)
        self.size = 0
        weakref.finalize(self, _delete, self.path)

    async def add(self, data: bytes) -> None:
        """Write more at the end, on another thread.

        Raises:
            OSError: the disk is full, for example.
        """
        # An idle thread keeps what it was last given: the path, but not this object.
        await anyio.to_thread.run_sync(_append, self.path, data)
        self.size += len(data)

    def open(self) -> BinaryIO:
        """Returns the file, open for reading. It can be read to its end even if it is deleted.

        Raises:
            OSError: it cannot be read.
        """
        return self.path.open("rb")


class Content(bytes):
    """Stands in Streamlit's list of uploads for the content of a file that lies on disk.

    Streamlit's record of an upload holds its content as `bytes`. All that Streamlit does with them
    is to ask for their length and to copy them into the `UploadedFile` that a page gets. This
    object is empty, but has the file's length, and keeps the file from being deleted.
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
        folder: the folder of uploads. It need not exist.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError:
        log.exception("cannot delete the uploads of an earlier process")
