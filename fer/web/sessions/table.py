"""The table of past sessions, in which some can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer.errors import RecordingError, StoreError
from fer.sessions.glance import Glance
from fer.sessions.session import Kind, Session
from fer.sessions.sessions import Sessions
from fer.text import clock, markdown
from fer.web.sessions import texts
from fer.web.sessions.visible import glance
from fer.web.visitor import clock_time

SHOWN = 20
"""Rows of the table until the visitor asks for all."""

_LEFT = "sessions-left"

_WIDTHS = (5, 3, 2, 2, 7)


def table(known: Sessions, sessions: Sequence[Session]) -> list[Session]:
    """Show the table; returns the sessions that are chosen, the newest first."""
    shown = sessions if st.session_state.get("sessions-all") else sessions[:SHOWN]
    with st.container(key="table"):
        with st.container(key="table-head"):
            for column, title in zip(st.columns(_WIDTHS), texts.COLUMNS, strict=True):
                column.caption(title)
        chosen = [one for one in shown if _row(known, one)]
    if len(sessions) > SHOWN:
        st.toggle(texts.SHOW_ALL.format(count=len(sessions)), key="sessions-all")
    return chosen


def leave() -> None:
    """Choose nothing when the table is shown again, because something else is shown now.

    Streamlit's server remembers boxes that are not on the page for a while, and its browser does
    not, so boxes with the same keys would be ticked here and empty there.
    """
    st.session_state[_LEFT] = st.session_state.get(_LEFT, 0) + 1


def _row(known: Sessions, session: Session) -> bool:
    """Show a session as a row; returns whether it is chosen."""
    name, date, length, kind, short = st.columns(_WIDTHS, vertical_alignment="center")
    key = f"session-{st.session_state.get(_LEFT, 0)}-{session.key}"
    chosen = name.checkbox(markdown(session.name), key=key)
    date.markdown(clock_time(session.began))
    try:
        said = glance(session.key, known, session)
    except (RecordingError, StoreError):
        kind.markdown(texts.KINDS[session.kind])
        length.markdown(texts.NOTHING)
        short.markdown(texts.CANNOT_READ)
        return chosen
    kind.markdown(texts.KINDS[said.kind_of(session)])
    seconds = said.outline.length_s
    length.markdown(clock(seconds) if seconds else texts.NOTHING)
    short.markdown(markdown(_short(session, said)))
    return chosen


def _short(session: Session, said: Glance) -> str:
    parts = [texts.REHEARSAL] if said.rehearsal else []
    if said.headline:
        parts.append(said.headline)
    elif session.kind is Kind.CLASS and not said.rehearsal:
        parts.append(texts.TOO_FEW)
    return " ".join(parts) or texts.NOTHING
