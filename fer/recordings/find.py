"""Finds the recordings in a folder by the endings of their names."""

from __future__ import annotations

from pathlib import Path

from fer.errors import RecordingError
from fer.files import readable
from fer.media.endings import ENDINGS


def find_recordings(folder: Path | str) -> list[Path]:
    """List the recordings in a folder and in the folders below it, sorted by path.

    Hidden files and folders are left out.

    Raises:
        RecordingError: there is no such folder, or it cannot be read.
    """
    folder = Path(folder)
    try:
        if not folder.is_dir():
            raise RecordingError(f"{readable(str(folder))} is not a folder.")
        return sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower().removeprefix(".") in ENDINGS
            and _is_file(path)
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
    except OSError as error:
        raise RecordingError(
            f"{readable(str(folder))} cannot be read: {error.strerror or error}."
        ) from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # it lies in a folder that may be listed, but not entered
        return False
