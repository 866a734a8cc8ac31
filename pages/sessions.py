"""The page of past sessions: classes that are over and results of recordings."""

import streamlit as st

from fer.errors import ModelError, SettingsError
from fer.text import counted
from fer.web.faults import in_markdown
from fer.web.resources import settings
from fer.web.sessions import navigation, texts
from fer.web.sessions.actions import actions, thrown_away
from fer.web.sessions.class_report import class_report
from fer.web.sessions.compared import compared
from fer.web.sessions.table import leave, table
from fer.web.sessions.visible import listed, sessions
from fer.web.shell import PAGES, page_style
from fer.web.turn import wait_for_our_turn

st.html(page_style("sessions"))
try:
    known = sessions()
    every, whole = listed(known)
except (ModelError, SettingsError) as problem:
    st.title(texts.TITLE)
    st.error(texts.CANNOT_START.format(problem=in_markdown(problem)))
    st.stop()

opened, keys = navigation.opened(), navigation.compared()
if opened or keys:
    leave()
    st.button(
        texts.BACK, key="sessions-back", icon=":material/arrow_back:", on_click=navigation.back
    )
    if not whole:
        st.warning(texts.STORE_AWAY)
if opened:
    chosen = [one for one in every if one.key == f"class-{opened}"]
    if chosen:
        class_report(known, chosen[0])
    elif whole:
        st.warning(texts.GONE)
    st.stop()
if keys:
    compared(known, [one for one in every if one.key in keys])
    st.stop()

st.title(texts.TITLE)
days = settings().keep_days
kept = texts.KEPT_DAYS.format(days=counted(days, "day")) if days else texts.KEPT
st.caption(f"{texts.ABOUT} {kept}")
if not whole:
    st.warning(texts.STORE_AWAY)
wait_for_our_turn()
thrown_away(known)
if every:
    actions(known, table(known, every))
elif whole:
    st.info(texts.NONE_YET)
    if st.button(texts.OPEN_A_CLASS, key="sessions-class", icon=":material/groups:"):
        st.switch_page(PAGES / "class.py")
    if st.button(texts.ANALYSE, key="sessions-recording", icon=":material/movie:"):
        st.switch_page(PAGES / "recording.py")
