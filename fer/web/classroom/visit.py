"""Which class the class page shows to this visitor."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from fer.access.policy import LOOPBACK_NAMES
from fer.classroom.classroom import Classroom
from fer.web.access.visit import person
from fer.web.addresses import as_browser_sees, join_path
from fer.web.classroom.co_teacher import PARAMETER, invited
from fer.web.resources import classrooms

_ROOM = "classroom"
_ID = "class"


def current() -> Classroom | None:
    """Returns the class that this visitor watches, which may be over, or None.

    The page's address names it, so that a reload of the page finds it again.

    Raises:
        StoreError, ModelError, SettingsError: as `fer.web.resources.classrooms` raises them.
    """
    if (room := invited()) is not None:
        return room
    room = st.session_state.get(_ROOM)
    named = st.query_params.get(_ID)
    if named and (room is None or room.id != named):
        room = classrooms().by_id(named) or classrooms().past(named)
        if room is None or not person().may_see(room.facts.owner):
            del st.query_params[_ID]
            return None
    if room is not None:
        show(room)
    return room


def may_end(room: Classroom) -> bool:
    """Returns whether this visitor may end the class and keep its report."""
    return person().may_see(room.facts.owner)


def show(room: Classroom) -> None:
    """Make the page show this class from now on."""
    st.session_state[_ROOM] = room
    st.query_params[_ID] = room.id


def leave() -> None:
    """Make the page show no class any more."""
    st.session_state.pop(_ROOM, None)
    for name in (_ID, PARAMETER):
        if name in st.query_params:
            del st.query_params[name]


def join_address() -> str:
    """Returns the address of the page that asks students for the code, as this browser sees it."""
    return as_browser_sees(join_path())


def has_cameras(address: str) -> bool:
    """Returns whether browsers let a page with this address use cameras."""
    return urlsplit(address).scheme == "https" or is_this_computer(address)


def is_this_computer(address: str) -> bool:
    """Returns whether to every device an address means that device itself, as localhost does."""
    return urlsplit(address).hostname in LOOPBACK_NAMES
