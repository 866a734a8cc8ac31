"""How students get in: the code, the address, and the page for the projector."""

from __future__ import annotations

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.classroom.join_code import shown
from fer.text import markdown
from fer.web.classroom import texts, visit
from fer.web.visitor import clock_time_with_zone


def door(room: Classroom) -> None:
    """Show the code, the address and a link to the page for the projector."""
    join = visit.join_address()
    address = f"{join}/{room.code}"
    with st.container(border=True, key="door"):
        st.metric(texts.CODE, shown(room.code))
        st.link_button(
            texts.PROJECTOR, f"{address}/projector", icon=":material/cast:", width="stretch"
        )
        st.caption(texts.JOIN_HINT.format(join=markdown(join.partition("://")[2])))
        st.code(address, language=None, wrap_lines=True)
        if visit.is_this_computer(join):
            st.warning(texts.ONLY_THIS_COMPUTER)
        if room.mode.uses_cameras and not visit.has_cameras(join):
            st.warning(texts.NO_CAMERAS_HERE)
        if room.facts.ends is not None:
            st.caption(texts.ENDS_AT.format(when=clock_time_with_zone(room.facts.ends)))
