"""The class page's sidebar: how far to look back, alerts, and the table."""

from __future__ import annotations

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.web.classroom import texts as class_texts
from fer.web.fragment import fragment
from fer.web.live import texts
from fer.web.live.sidebar import alert_limits, window_choice
from fer.web.widgets.download import download_button


def sidebar(room: Classroom) -> int | None:
    """Show the sidebar and apply its limits to the class.

    A class without cameras has no mood to look back on and no alerts, so it gets neither choice.

    Returns:
        How many seconds to look back; None for the whole class.
    """
    window = None
    with st.sidebar:
        if room.mode.uses_cameras:
            st.markdown(f"**{texts.SENSITIVITY}**")
            window = window_choice()
            room.limit(alert_limits())
            st.divider()
        fragment(_table)(room)
        with st.expander(texts.ABOUT):
            st.markdown(texts.NOTICE if room.mode.uses_cameras else class_texts.NOTICE_PULSE)
    return window


def _table(room: Classroom) -> None:
    download_button(texts.TABLE, room.csv, "class-mood.csv", "text/csv", "table-button")
