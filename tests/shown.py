"""What a visitor reads where a page was given Markdown."""

from __future__ import annotations

import re


def as_shown(text: str) -> str:
    """Returns a text without the escapes of `fer.text.markdown`."""
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", text.replace(":small[]", ""))
