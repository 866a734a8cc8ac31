"""The link with which a co-teacher watches a class, without an account or a password."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.errors import ClassroomError, ModelError, SettingsError, StoreError
from fer.web.addresses import as_browser_sees, base_path
from fer.web.classroom import texts
from fer.web.resources import classrooms

PARAMETER = "invitation"
"""The parameter in the page's address that holds the link's secret."""

CHECK_S = 5.0
"""Seconds after which a link is looked up again, since it may have been revoked."""

_LINK = "class-link"
_CHECKED = "class-link-checked"
_PROBLEM = "class-link-problem"


def invited() -> Classroom | None:
    """Returns the class that the link in the page's address opens; None without a valid link.

    The link is looked up every `CHECK_S` only, so this may be called often. While the database is
    away nobody can revoke a link, so the last answer holds.
    """
    secret = st.query_params.get(PARAMETER)
    if not secret:
        return None
    known = st.session_state.get(_CHECKED)
    if known is not None and known[0] == secret and time.monotonic() - known[1] < CHECK_S:
        return known[2]
    room: Classroom | None = None
    try:
        room = classrooms().by_invitation(secret)
    except StoreError:
        if known is not None and known[0] == secret:
            room = known[2]
    except (ClassroomError, ModelError, SettingsError):
        pass
    st.session_state[_CHECKED] = secret, time.monotonic(), room
    return room


def co_teacher(room: Classroom) -> None:
    """Offer to make a new link, or to revoke the one that there is."""
    with st.popover(texts.CO_TEACHER, icon=":material/group_add:", width="stretch"):
        st.markdown(texts.CO_TEACHER_ABOUT)
        link = st.session_state.get(_LINK)
        if link is not None and link[0] == room.id:
            st.code(link[1], language=None, wrap_lines=True)
        if problem := st.session_state.get(_PROBLEM):
            st.error(problem)
        make, revoke = st.columns(2)
        make.button(texts.LINK_MAKE, key="link-make", on_click=_make, args=(room,))
        revoke.button(texts.LINK_REVOKE, key="link-revoke", on_click=_revoke, args=(room,))


def _make(room: Classroom) -> None:
    with _noted_where_it_fails():
        secret = classrooms().invite(room.id)
        address = as_browser_sees(f"{base_path()}/class?{PARAMETER}={secret}")
        st.session_state[_LINK] = room.id, address


def _revoke(room: Classroom) -> None:
    with _noted_where_it_fails():
        classrooms().revoke(room.id)
        st.session_state.pop(_LINK, None)


@contextmanager
def _noted_where_it_fails() -> Iterator[None]:
    """The next run of the page says what was wrong with the database, if anything was."""
    st.session_state.pop(_PROBLEM, None)
    try:
        yield
    except StoreError as problem:
        st.session_state[_PROBLEM] = texts.STORE_AWAY.format(problem=problem)
