"""Unexpected errors: the visitor sees a sentence and a number, and the log has the details."""

from __future__ import annotations

import logging
import re

import streamlit as st

from fer.logs.reference import ensure
from fer.text import markdown
from fer.web import texts

log = logging.getLogger(__name__)

# Matches an absolute path of POSIX or Windows, of which only the last part is kept. A single part,
# as in "1 /s", and the middle of a web address do not match.
_PATH = re.compile(
    r"(?<![\w/:.])(?:[A-Za-z]:)?(?:[\\/][^\\/\s:;,'\"()`]+)+[\\/]([^\\/\s:;,'\"()`]+)"
)


_reported = 0


def report(error: BaseException) -> bool:
    """Tell the visitor that something went wrong, and log it.

    `st.App` calls this for every exception that no page has caught.

    Returns:
        True: Streamlit must not show the exception itself, with its traceback.
    """
    global _reported
    _reported += 1
    reference = ensure()
    log.error("fault %s", reference, exc_info=error)
    st.error(texts.FAULT.format(reference=reference), icon=":material/error:")
    return True


def count() -> int:
    """Returns how many errors were reported since the start."""
    return _reported


def public(problem: object) -> str:
    """Returns a message as visitors may read it, with only the last part of each server path."""
    return _PATH.sub(r"\1", str(problem))


def in_markdown(problem: object) -> str:
    """Returns a message as `public` does, for a part of a page that takes Markdown.

    Messages quote names of files and lines of tables, which are shown letter by letter.
    """
    return markdown(public(problem))


def named(name: str, problem: object) -> str:
    """Returns a message about a recording, result or session as `in_markdown` does, with its name
    in front unless it begins with it anyway."""
    text = in_markdown(problem)
    return text if str(problem).startswith(f"{name} ") else f"{markdown(name)}: {text}"
