"""The app's frame: page settings and navigation."""

import streamlit as st

from fer import frame

# A picture of our own: the browser would fetch one of Streamlit's icons from Google.
st.set_page_config(page_title="Classroom mood monitor", page_icon=frame.ICON, layout="wide")

frame.run(
    st.navigation(
        [
            st.Page("pages/live.py", title="Live", icon=":material/videocam:", default=True),
            st.Page("pages/recording.py", title="Recording", icon=":material/movie:"),
            st.Page("pages/model.py", title="Model", icon=":material/fact_check:"),
        ]
    )
)
