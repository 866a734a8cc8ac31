"""The past sessions of the visitor, and what was read of them for the next run of the page.

What is in memory is handed out without asking again whose it is: ask only for sessions that
`sessions()` has listed for the visitor.
"""

from __future__ import annotations

import streamlit as st

from fer.errors import StoreError
from fer.report.report import Report
from fer.sessions.glance import Glance
from fer.sessions.session import Session
from fer.sessions.sessions import Sessions
from fer.web.access.results import jobs
from fer.web.access.visit import person
from fer.web.resources import bin_, classrooms


def sessions() -> Sessions:
    """Returns the past sessions that the visitor may see.

    Raises:
        SettingsError: see `fer.web.resources.settings`.
    """
    return Sessions(person(), jobs(), bin_(), classrooms)


def listed(known: Sessions) -> tuple[list[Session], bool]:
    """Returns all past sessions, the newest first, and whether the classes could be read, too.

    Raises:
        ModelError, SettingsError: see `fer.web.resources.classrooms`.
    """
    try:
        classes, whole = known.classes(), True
    except StoreError:
        classes, whole = [], False
    every = [*known.recordings(), *classes]
    return sorted(every, key=lambda one: one.began, reverse=True), whole


# A session that is over does not change.
@st.cache_resource(max_entries=10_000, show_spinner=False)
def glance(key: str, _known: Sessions, _session: Session) -> Glance:
    """Returns what a session with this key says at a glance.

    Raises:
        RecordingError, StoreError: see `fer.sessions.sessions.Sessions.glance`.
    """
    return _known.glance(_session)


@st.cache_resource(max_entries=4, show_spinner=False)
def report(key: str, name: str, _known: Sessions, _session: Session) -> Report:
    """Returns the report on a session with this key, under this name.

    Raises:
        RecordingError, StoreError, ValueError: see `fer.sessions.sessions.Sessions.report`.
    """
    return _known.report(_session)


def forget(session: Session) -> None:
    """Remove a deleted session from memory."""
    glance.clear(session.key, None, None)
    report.clear()
