"""The script that Streamlit runs for every visitor: page settings, navigation and the door."""

import streamlit as st

from fer.logs import reference
from fer.purpose import PRODUCT
from fer.web import texts
from fer.web.access.door import let_in
from fer.web.access.visit import is_operator
from fer.web.classroom.co_teacher import invited
from fer.web.shell import ICON, PAGES, STYLE
from fer.web.widgets.menu import close_menu_after_a_tap

reference.begin()

# The icon is a file of this app, and named before the pages are: of theirs, the browser would fetch
# the first one from Google.
st.set_page_config(page_icon=ICON, layout="wide")

st.html(STYLE)
st.logo(ICON, size="large")
close_menu_after_a_tap()

model = st.Page(PAGES / "model.py", title=texts.MODEL, icon=":material/fact_check:")
classes = st.Page(PAGES / "class.py", title=texts.CLASS, icon=":material/groups:")
pages = [
    st.Page(PAGES / "live.py", title=texts.LIVE, icon=":material/videocam:", default=True),
    classes,
    st.Page(PAGES / "recording.py", title=texts.RECORDING, icon=":material/movie:"),
    st.Page(PAGES / "sessions.py", title=texts.SESSIONS, icon=":material/history:"),
    model,
    st.Page(PAGES / "connection.py", title=texts.CONNECTION, icon=":material/network_check:"),
]
if is_operator():
    pages.append(st.Page(PAGES / "server.py", title=texts.SERVER, icon=":material/monitor_heart:"))
page = st.navigation({PRODUCT: pages})
st.set_page_config(page_title=f"{page.title} – {PRODUCT}")
# Everybody may read how far the model can be trusted, and whoever has a link may watch its class.
if page == model or (page == classes and invited() is not None) or let_in():
    page.run()
