"""Reads folders and zips of training data, with limits so that a small zip cannot fill the memory.

A zip may claim almost any content: 3 MB of it can unpack to gigabytes. Faces, photographs and sound
clips are compressed already, so a zip of them hardly grows when it is unpacked.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import IO

from fer.training.files import DataError, reading

LARGEST_FILE = 64 * 2**20
"""The largest picture or sound clip in a zip, in bytes."""

GROWTH = 100
"""How many times larger than the zip its unpacked files may be. A table of faces grows to 4 times
its packed size, and a photograph hardly at all."""

_PIECE = 2**16

# Python's zipfile unpacks these two piece by piece. It unpacks the others, which no common program
# writes, as a whole, and 300 bytes of bzip2 may hold 400 MB.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Folder:
    """A folder whose files can be read by their names, like those of an `Archive`.

    Attributes:
        path: the path of the folder.
        names: the names of all files in it and in the folders inside it, with "/" between folders.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = [file.relative_to(path).as_posix() for file in sorted(path.rglob("*"))]

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def where(self, name: str) -> str:
        """Returns how messages name a file in the folder."""
        return str(self.path / name)

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            DataError: the file cannot be read.
        """
        with reading(self.where(name)):
            return (self.path / name).read_bytes()

    def open(self, name: str) -> IO[bytes]:
        """Open a file, to read it piece by piece.

        Raises:
            OSError: the file cannot be opened.
        """
        return open(self.path / name, "rb")


class Archive:
    """A zip whose files can be read by their names, within limits.

    Attributes:
        path: the path of the zip.
        names: the names of all files, sorted, with "/" between folders, even if the zip has
            backslashes there, as Windows PowerShell 5 writes them.
    """

    def __init__(self, path: Path, otherwise: str) -> None:
        """Open a zip.

        Args:
            path: the path of the zip.
            otherwise: the message if the file is not a zip.

        Raises:
            DataError: the file is not a zip, is damaged, or claims to unpack to far more than a zip
                of training data can.
        """
        self.path = path
        with reading(path):
            if not zipfile.is_zipfile(path):
                raise DataError(f"{path}: {otherwise}")
            packed = path.stat().st_size
            self._zip = zipfile.ZipFile(path)
        members = [member for member in self._zip.infolist() if not member.is_dir()]
        self._members = {member.filename.replace("\\", "/"): member for member in members}
        self.names = sorted(self._members)
        unpacked = sum(member.file_size for member in members)
        if unpacked > GROWTH * packed:
            self._zip.close()
            raise DataError(
                f"{path}: {packed / 1e6:,.1f} MB that would unpack to {unpacked / 1e6:,.0f} MB, "
                f"more than {GROWTH} times as much. No data set does so; it is not read"
            )

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def where(self, name: str) -> str:
        """Returns how messages name a file in the zip."""
        return f"{self.path}: {name}"

    def read(self, name: str) -> bytes:
        """Read a picture or a sound clip.

        Raises:
            DataError: the file is damaged or larger than `LARGEST_FILE`.
        """
        size = self._members[name].file_size
        if size > LARGEST_FILE:
            raise DataError(
                f"{self.where(name)}: {size / 1e6:,.0f} MB; a picture or a clip has at most "
                f"{LARGEST_FILE / 1e6:,.0f} MB"
            )
        # Reading all at once could unpack more than the claimed size before it is cut off.
        content = io.BytesIO()
        with reading(self.where(name)), self.open(name) as file:
            while piece := file.read(_PIECE):
                content.write(piece)
        return content.getvalue()

    def open(self, name: str) -> IO[bytes]:
        """Open a file of any size, to read it piece by piece.

        Raises:
            DataError: the file is packed by a method other than Deflate.
            OSError, RuntimeError, zipfile.BadZipFile: the zip is damaged, or needs a password.
        """
        member = self._members[name]
        if member.compress_type not in _METHODS:
            raise DataError(
                f"{self.where(name)}: cannot be read, since it is not packed by the usual method "
                "(Deflate); pack it again"
            )
        return self._zip.open(member)


def opened(path: Path, otherwise: str) -> Folder | Archive:
    """Open a folder or a zip of training data.

    Args:
        path: the folder or zip.
        otherwise: the message if it is neither.

    Raises:
        DataError: it is neither, or a zip that `Archive` refuses.
    """
    return Folder(path) if path.is_dir() else Archive(path, otherwise)


def contents(names: list[str]) -> str:
    """Returns what a folder or zip contains, as a message lists it: files by their endings.

    Args:
        names: the names of all its files.
    """
    kinds = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name in names)
    return "found " + (", ".join(f"{n} × {kind}" for kind, n in kinds.most_common(8)) or "no files")
