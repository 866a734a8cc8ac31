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
st.header(texts.NOW)
fragment(page.numbers, EVERY)()
st.header(texts.JOBS)
fragment(page.jobs, EVERY)()
st.header(texts.PROBLEMS)
fragment(page.problems, EVERY)()
st.header(texts.HEALTH)
page.health()
