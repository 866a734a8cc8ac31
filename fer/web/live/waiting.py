"""What a page shows in place of a camera while the server has no memory for another one."""

from __future__ import annotations

import streamlit as st

from fer.live.waiting_line import WaitingLine
from fer.web import compat
from fer.web.fragment import fragment
from fer.web.live import texts
from fer.web.texts import place_in_line

LOOK_EVERY_S = 2.0
"""Seconds between two looks whether there is memory now."""


@st.cache_resource(show_spinner=False)
def waiting_line() -> WaitingLine:
    """Returns the line in which all cameras of this process wait."""
    return WaitingLine()


def has_memory(runs: bool, starts: bool = False) -> bool:
    """Return whether a camera or a shared window of this visit may run.

    If it may not, this says which place in line it has, and the page runs again once it may.

    Args:
        runs: whether it runs already, so that it has its memory.
        starts: whether it is about to start.
    """
    name = str(compat.visit_id())  # a visit has one source at a time, and one place
    if runs or waiting_line().place(name, starts) == 0:
        return True
    fragment(_wait, LOOK_EVERY_S)(name)
    return False


def _wait(name: str) -> None:
    place = waiting_line().place(name)
    if place == 0:
        st.rerun()
    st.info(texts.NO_MEMORY.format(place=place_in_line(place)), icon=":material/hourglass_top:")
