"""The number of the current request, by which a visitor's error can be found in the log.

A request here is one over HTTP, one web socket connection, one run of a page, or one analysis.
"""

from __future__ import annotations

import secrets
from contextvars import ContextVar

_reference: ContextVar[str] = ContextVar("reference", default="")


def begin(reference: str = "") -> str:
    """Begin a request on this thread or in this task.

    Args:
        reference: its number; "" makes a new one of eight hex digits.

    Returns:
        The number.
    """
    reference = reference or secrets.token_hex(4)
    _reference.set(reference)
    return reference


def current() -> str:
    """Returns the number of the current request, or "" if there is none."""
    return _reference.get()


def ensure() -> str:
    """Returns the number of the current request, after giving it one if it has none."""
    return current() or begin()
