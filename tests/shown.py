"""What a visitor reads on a page."""

from __future__ import annotations

import re


def metric(page, label: str) -> str | None:
    """Returns the value beneath a label on a page of `streamlit.testing`; None if there is none."""
    return next((metric.value for metric in page.metric if metric.label == label), None)


def as_shown(text: str) -> str:
    """Returns a text without the escapes of `fer.text.markdown`."""
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", text.replace(":small[]", ""))
