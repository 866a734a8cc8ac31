"""The app's frame: page settings and navigation."""

import contextlib

import streamlit as st

from fer.web import resources
from fer.web import shell as frame

# A picture of our own: the browser would fetch one of Streamlit's icons from Google.
st.set_page_config(page_title="Classroom mood monitor", page_icon=frame.ICON, layout="wide")

# Deletes what an earlier process could not, whichever page is opened first.
with contextlib.suppress(ValueError):  # wrong settings, which the pages tell
    resources.jobs()

frame.run(
    st.navigation(
        [
            st.Page("pages/live.py", title="Live", icon=":material/videocam:", default=True),
            st.Page("pages/recording.py", title="Recording", icon=":material/movie:"),
            st.Page("pages/model.py", title="Model", icon=":material/fact_check:"),
        ]
    )
)
