"""The connection page: tests the way from this browser to the server, with what to do."""

import streamlit as st

from fer.checks.connection import check_connection
from fer.errors import SettingsError
from fer.web.addresses import browser_host
from fer.web.connection import texts
from fer.web.connection.probe import probe
from fer.web.faults import in_markdown
from fer.web.resources import ice, settings
from fer.web.sources.ice import is_local
from fer.web.widgets.checks import show_check

st.title(texts.TITLE)
st.markdown(texts.ABOUT)
try:
    way = settings().camera
except SettingsError as problem:
    st.error(in_markdown(problem))
    st.stop()
host = browser_host()
servers = ice(host)
seen = probe(servers.servers, "probe")
if seen is not None:
    for check in check_connection(seen, way, servers.relays, is_local(host)):
        show_check(check)
