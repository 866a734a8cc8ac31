"""Which class the page shows."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.web.access.visit import person
from fer.web.plain import base_path
from fer.web.resources import classrooms

_ROOM = "classroom"
_ID = "class"


def current() -> Classroom | None:
    """Returns the class that this visitor watches, which may be over; None where there is none.

    The page's address names it, so that it is found again after a reload.

    Raises:
        StoreError, ModelError, ValueError: see `fer.web.resources.classrooms`.
    """
    room: Classroom | None = st.session_state.get(_ROOM)
    named = st.query_params.get(_ID)
    if named and (room is None or room.id != named):
        room = classrooms().by_id(named) or classrooms().past(named)
        if room is None or not person().may_see(room.facts.owner):
            del st.query_params[_ID]
            return None
    if room is not None:
        show(room)
    return room


def show(room: Classroom) -> None:
    """Show this class from now on."""
    st.session_state[_ROOM] = room
    st.query_params[_ID] = room.id


def leave() -> None:
    """Show no class any more."""
    st.session_state.pop(_ROOM, None)
    st.query_params.pop(_ID, None)


def join_address() -> str:
    """Returns the address of the page that asks students for the code, as this browser sees it."""
    here = urlsplit(st.context.url or "http://localhost")
    return f"{here.scheme}://{here.netloc}{base_path()}/join"


def has_cameras(address: str) -> bool:
    """Whether browsers give cameras to a page with this address."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")
