"""Display names of recordings, their result folders, and files written whole or not at all.

To a file system a name is a row of bytes. Names that are not UTF-8, as old archives bring them,
reach Python as lone surrogates, and text with one of these can be neither printed, stored nor sent.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fer.errors import RecordingError

_SURROGATE = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    """Returns a text with U+FFFD in place of every character that cannot be shown."""
    return _SURROGATE.sub("\ufffd", text)


def name_of(path: Path | str) -> str:
    """Returns what reports and messages call a file: its name without the folders."""
    return readable(Path(path).name or str(path))


def result_folder(out: Path, name: str) -> Path:
    """Returns the folder in `out` for the results of the recording `name`; it is not made yet.

    Raises:
        RecordingError: a file is in the way, or a folder cannot be reached. Ask before an
            analysis, so that nobody learns this after it.
    """
    target = out / name
    for path in (target, *target.parents):
        try:
            in_the_way = path.is_file()
        except OSError as error:
            raise RecordingError(
                f"{readable(str(path))} cannot be reached: {error.strerror or error}. Choose "
                "another folder for the results."
            ) from error
        if in_the_way:
            raise RecordingError(
                f"{readable(str(path))} is a file, but the report on {readable(name)} needs a "
                "folder there. Choose another folder for the results."
            )
    return target


def write_whole(path: Path, data: bytes, *, private: bool = False) -> Path:
    """Write a file so that a crash or a full disk leaves the old one, never half a new one.

    The data go to a draft beside the file, which then takes its place.

    Args:
        path: where the file goes.
        data: its content.
        private: whether only the account that the app runs under may read it.

    Returns:
        `path`.

    Raises:
        OSError: the file cannot be written. The old file is as it was, and no draft is left.
    """
    with writing_whole(path, private=private) as file:
        file.write(data)
    return path


@contextlib.contextmanager
def writing_whole(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Write a large file piece by piece, whole or not at all, as `write_whole` does.

    Args:
        path: where the file goes.
        private: whether only the account that the app runs under may read it.

    Yields:
        The draft, open for writing and for reading again what was written.

    Raises:
        OSError: the file cannot be written. The old file is as it was, and no draft is left.
    """
    # The name is random, because two processes may write the same file at once. File systems allow
    # 255 bytes, and a letter may take four.
    draft = path.with_name(f".{path.name[:50]}-{secrets.token_hex(4)}.tmp")
    try:
        if private:
            draft.touch(mode=0o600)
        with draft.open("w+b") as file:
            yield file
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
