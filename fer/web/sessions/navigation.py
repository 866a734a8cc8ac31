"""What the page shows: the list, the report on one class, or a comparison. Its address says which,
so a reload finds it again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer.sessions.session import Kind, Session
from fer.web.shell import PAGES

CLASS, COMPARED = "class", "compare"
"""Names of parts of the address: the id of a class, and the keys of the sessions compared."""


def opened() -> str | None:
    """The id of the class whose report the address asks for."""
    return st.query_params.get(CLASS)


def compared() -> list[str]:
    """The keys of the sessions that the address asks to compare."""
    return list(dict.fromkeys(st.query_params.get_all(COMPARED)))


def go_to(sessions: Sequence[Session]) -> None:
    """Show the report on a class, or the page with the results of recordings."""
    if any(one.kind is Kind.CLASS for one in sessions):
        st.query_params[CLASS] = sessions[0].id
        st.rerun()
    ids = [one.id for one in sessions]
    st.switch_page(PAGES / "recording.py", query_params={"job": ids})


def compare(sessions: Sequence[Session]) -> None:
    """Show a comparison; for a callback."""
    st.query_params[COMPARED] = [one.key for one in sessions]


def back() -> None:
    """Show the list; for a callback."""
    st.query_params.clear()
