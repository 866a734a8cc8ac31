"""What recordings are called where people read it, and where their results go.

To a file system a name is bytes. Those that are not UTF-8, as in names from old archives, reach
Python as lone surrogates, and text with one of these can be neither printed, stored nor sent.
"""

from __future__ import annotations

import re
from pathlib import Path

from fer.errors import RecordingError

_SURROGATE = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    """A text with U+FFFD in place of what cannot be read of the file names in it."""
    return _SURROGATE.sub("\ufffd", text)


def name_of(path: Path | str) -> str:
    """What reports and messages call a file: its name without folders."""
    return readable(Path(path).name or str(path))


def result_folder(out: Path, name: str) -> Path:
    """Where the results of a recording go: a folder of its name in `out`. It is not made yet.

    Raises:
        RecordingError: a file is in the way. Better known before an analysis than after it.
    """
    target = out / name
    for path in (target, *target.parents):
        if path.is_file():
            raise RecordingError(
                f"{readable(str(path))} is a file, but the report on {readable(name)} needs a "
                "folder there. Choose another folder for the results."
            )
    return target
