"""The class page's sidebar: how far to look back, alerts, and the table."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fer.classroom.class_report import class_csv
from fer.classroom.classroom import Classroom
from fer.web.classroom import texts as class_texts
from fer.web.classroom import visit
from fer.web.fragment import fragment
from fer.web.live import texts
from fer.web.live.limits import limit_sliders, limits_at, positions
from fer.web.live.sidebar import alert_sound, window_choice
from fer.web.widgets.download import download_button

EVERY = 5.0
"""Seconds after which a co-teacher's page says again what the limits of alerts are."""


def sidebar(room: Classroom) -> int | None:
    """Show the sidebar. Only whoever may end the class may change its limits of alerts.

    A class without cameras has no mood to look back on and no alerts, so it gets neither choice.

    Returns:
        How many seconds to look back; None for the whole class.
    """
    window = None
    with st.sidebar:
        if room.mode.uses_cameras:
            st.markdown(f"**{texts.SENSITIVITY}**")
            window = window_choice()
            alert_sound()
            if visit.may_end(room):
                _choose_limits(room)
            else:
                fragment(_say_limits, EVERY)(room)
            st.divider()
        fragment(_table)(room)
        with st.expander(texts.ABOUT):
            st.markdown(texts.NOTICE if room.mode.uses_cameras else class_texts.NOTICE_PULSE)
    return window


def _choose_limits(room: Classroom) -> None:
    """Show the limits of the class on sliders that change them."""
    prefix = f"{room.id}-"

    def change(name: str) -> None:
        # The other limits may have been changed on another page since this one was drawn.
        moved = {name: st.session_state[prefix + name]}
        room.limit(limits_at(positions(room.limits) | moved))

    now = positions(room.limits)
    for name, value in now.items():
        # Without the comparison, a slow answer would move a slider that is being dragged.
        if st.session_state.get(prefix + name) != value:
            st.session_state[prefix + name] = value
    limit_sliders(now, prefix, change)


def _say_limits(room: Classroom) -> None:
    limits = room.limits
    said = {"negative": limits.negative, "presence": limits.presence, "hold": limits.hold_s}
    st.caption(class_texts.LIMITS.format(**said))


def _table(room: Classroom) -> None:
    table = partial(class_csv, room)
    download_button(texts.TABLE, table, "class-mood.csv", "text/csv", "table-button")
