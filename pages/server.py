"""The server page: how the app does on this server, for operators."""

import streamlit as st

from fer.web.access.visit import is_operator
from fer.web.fragment import fragment
from fer.web.operations import page, texts

EVERY = 2.0

st.title(texts.TITLE)
if not is_operator():
    st.warning(texts.NOT_OPERATOR)
    st.stop()
st.caption(texts.ABOUT)
st.subheader(texts.NOW)
fragment(page.numbers, EVERY)()
st.subheader(texts.JOBS)
fragment(page.jobs, EVERY)()
st.subheader(texts.PROBLEMS)
fragment(page.problems, EVERY)()
st.subheader(texts.HEALTH)
page.health()
