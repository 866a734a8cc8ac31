"""The script that Streamlit runs for every visitor: page settings and navigation."""

import streamlit as st

from fer.purpose import PRODUCT
from fer.settings import ROOT
from fer.web import texts
from fer.web.shell import ICON, STYLE

# The icon is a file of ours: the browser would fetch one of Streamlit's from Google.
st.set_page_config(page_title=PRODUCT, page_icon=ICON, layout="wide")

st.html(STYLE)
st.logo(ICON, size="large")

PAGES = ROOT / "pages"

st.navigation(
    {
        PRODUCT: [
            st.Page(PAGES / "live.py", title=texts.LIVE, icon=":material/videocam:", default=True),
            st.Page(PAGES / "recording.py", title=texts.RECORDING, icon=":material/movie:"),
            st.Page(PAGES / "model.py", title=texts.MODEL, icon=":material/fact_check:"),
        ]
    }
).run()
