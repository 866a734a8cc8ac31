"""The widget with which visitors choose files, and the files that they chose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import streamlit as st

from fer.errors import RecordingError
from fer.web import compat
from fer.web.access import visit
from fer.web.uploads import texts
from fer.web.uploads.receive import LARGEST, STRANGER


@dataclass(frozen=True)
class Upload:
    """A file that the visitor chose; it lies on the server's disk until it is taken into memory.

    Attributes:
        name: the file's name as the browser gives it, which may be any text.
    """

    name: str
    _file: compat.UploadedFile

    @property
    def id(self) -> str:
        """An id that no other file has, nor the same file when it is chosen again."""
        return self._file.file_id

    def open(self) -> BinaryIO:
        """Returns the file, open for reading. The caller closes it.

        Raises:
            RecordingError: the file is no longer there or cannot be read.
        """
        with _told_where_it_is_gone():
            return compat.open_upload(self._file)

    def take_into_memory(self) -> bytes:
        """Returns the content, which is kept in memory from now on and deleted from the disk.

        Raises:
            RecordingError: the file is no longer there or cannot be read.
        """
        with _told_where_it_is_gone():
            return compat.take_upload_into_memory(self._file)

    def drop(self) -> None:
        """Release the file, which is no longer needed. The widget then stops listing it."""
        compat.drop_upload(self._file)


def uploader(
    label: str, endings: Sequence[str], key: str, *, several: bool = True, largest_mb: int = 0
) -> list[Upload]:
    """Show a widget that takes files; returns the files that the visitor chose.

    Args:
        label: the text above the widget.
        endings: the endings that the files may have, without the dot.
        key: the key of the widget.
        several: whether it takes more than one file.
        largest_mb: size of the largest file in MB (2^20 bytes); 0 means Streamlit's setting
            `server.maxUploadSize`.
    """
    largest_mb = largest_mb or int(st.get_option("server.maxUploadSize"))
    # `fer.web.uploads.receive` takes files only for visits with such an entry.
    state = st.session_state
    state[LARGEST] = max(largest_mb << 20, state.get(LARGEST, 0))
    state[STRANGER] = not visit.may_teach()
    chosen = st.file_uploader(
        label,
        type=list(endings),
        accept_multiple_files=several,
        max_upload_size=largest_mb,
        key=key,
    )
    files = chosen if isinstance(chosen, list) else [] if chosen is None else [chosen]
    return [Upload(file.name, file) for file in files]


@contextmanager
def _told_where_it_is_gone() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordingError(texts.GONE) from error
