"""Recordings in a folder, found by the endings of their names."""

from __future__ import annotations

from pathlib import Path

from fer.errors import RecordingError
from fer.files import readable
from fer.media.endings import ENDINGS


def find_recordings(folder: Path | str) -> list[Path]:
    """Recordings in a folder and those below it, by name; hidden ones are left out.

    Raises:
        RecordingError: there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordingError(f"{readable(str(folder))} is not a folder.")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower().removeprefix(".") in ENDINGS
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
