"""One boundary for what nobody expected: visitors meet a sentence and a number, the log more."""

from __future__ import annotations

import logging
import re
import secrets

import streamlit as st

from fer.web import texts

log = logging.getLogger(__name__)

# An absolute path of POSIX or Windows; what is kept of it is the last part. A single part, as in
# "1 /s", and the middle of an address are none.
_PATH = re.compile(
    r"(?<![\w/:.])(?:[A-Za-z]:)?(?:[\\/][^\\/\s:;,'\"()`]+)+[\\/]([^\\/\s:;,'\"()`]+)"
)


def report(error: BaseException) -> bool:
    """Say that something went wrong; `st.App` calls this for every exception that a page lets out.

    Returns:
        True: Streamlit must not show the exception itself, with its traceback.
    """
    reference = secrets.token_hex(4)
    log.error("fault %s", reference, exc_info=error)
    st.error(texts.FAULT.format(reference=reference), icon=":material/error:")
    return True


def public(problem: object) -> str:
    """A message as visitors may read it: of the server's paths, only the last part is left."""
    return _PATH.sub(r"\1", str(problem))
