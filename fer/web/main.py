"""The script that Streamlit runs for every visitor: page settings and navigation."""

import streamlit as st

from fer.purpose import PRODUCT
from fer.settings import ROOT
from fer.web.shell import ICON, STYLE

# The icon is a file of ours: the browser would fetch one of Streamlit's from Google.
st.set_page_config(page_title=PRODUCT, page_icon=ICON, layout="wide")

st.html(STYLE)
st.logo(ICON, size="large")

PAGES = ROOT / "pages"

st.navigation(
    {
        PRODUCT: [
            st.Page(PAGES / "live.py", title="Live", icon=":material/videocam:", default=True),
            st.Page(PAGES / "recording.py", title="Recording", icon=":material/movie:"),
            st.Page(PAGES / "model.py", title="Model", icon=":material/fact_check:"),
        ]
    }
).run()
