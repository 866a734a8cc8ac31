"""What files are called where people read it.

To a file system a name is bytes. Those that are not UTF-8, as in names from old archives, reach
Python as lone surrogates, and text with one of these can be neither printed, stored nor sent.
"""

from __future__ import annotations

import re
from pathlib import Path

_SURROGATE = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    """A text with U+FFFD in place of what cannot be read of the file names in it."""
    return _SURROGATE.sub("\ufffd", text)


def name_of(path: Path | str) -> str:
    """What reports and messages call a file: its name without folders."""
    return readable(Path(path).name or str(path))
