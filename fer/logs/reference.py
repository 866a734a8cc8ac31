"""The number of the request that is being answered: in each line of the log, and in what visitors
are told when something goes wrong.

A request is one over HTTP, one connection of a web socket, one run of a page, or one analysis.
"""

from __future__ import annotations

import secrets
from contextvars import ContextVar

_reference: ContextVar[str] = ContextVar("reference", default="")


def begin(reference: str = "") -> str:
    """Give what follows on this thread, or in this task, a number.

    Args:
        reference: the number; "" makes up a new one of eight hex digits.

    Returns:
        The number.
    """
    reference = reference or secrets.token_hex(4)
    _reference.set(reference)
    return reference


def current() -> str:
    """Returns the number of the request that is being answered; "" where there is none."""
    return _reference.get()


def ensure() -> str:
    """Returns the number of the request that is being answered, and gives it one if it has none."""
    return current() or begin()
