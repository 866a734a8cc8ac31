"""The class page: a class that students join from their own browsers."""

import streamlit as st

from fer.errors import ModelError, SettingsError, StoreError
from fer.text import markdown
from fer.web.classroom import ending, numbers, opening, question, texts, tiles, visit
from fer.web.classroom.co_teacher import PARAMETER, co_teacher
from fer.web.classroom.door import door
from fer.web.classroom.room_source import room_source
from fer.web.classroom.sidebar import sidebar
from fer.web.faults import in_markdown
from fer.web.fragment import fragment
from fer.web.live import notice
from fer.web.live import numbers as live
from fer.web.live.marks import marks
from fer.web.memory import spare_the_collector
from fer.web.shell import page_style

EVERY = 1.0

for part in ("live", "classroom"):
    st.html(page_style(part))
try:
    room = visit.current()
    if room is None:
        if PARAMETER in st.query_params:
            st.warning(texts.REVOKED)
        opening.open_class()
        st.stop()
except (ModelError, StoreError, SettingsError) as problem:
    st.error(texts.CANNOT_START.format(problem=in_markdown(problem)))
    st.stop()
if not room.streaming:
    ending.over(room)
    st.stop()
if room.mode.uses_cameras and not notice.is_read():
    # Also after the page was loaded again: the title says that the class goes on.
    st.title(markdown(room.title))
    notice.show()
    st.stop()

window = sidebar(room)
alerts = st.container(key="alerts")
title, end = st.columns([5, 2], vertical_alignment="center")
title.title(markdown(room.title))
if visit.may_end(room):
    with end:
        ending.end_button(room)
fragment(numbers.head, EVERY)(room, window)
left, right = st.columns([5, 7])
with left:
    door(room)
    if visit.may_end(room):
        co_teacher(room)
    if room.mode.uses_cameras:
        room_source(room)
    question.ask(room)
    fragment(question.standing, EVERY)(room)
    marks(room)
    fragment(tiles.tiles, EVERY)(room)
with right:
    fragment(numbers.pulse, EVERY)(room)
    fragment(numbers.faces, EVERY)(room, window)
fragment(live.alert_list, EVERY)(room)
with alerts:
    fragment(live.banner, EVERY)(room, st.session_state.get("sound", False))
spare_the_collector()
