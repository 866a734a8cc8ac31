"""The notice that comes before the live page's first use."""

from __future__ import annotations

import streamlit as st

from fer.web.live import texts


def require() -> None:
    """Show the notice, and end the page's run there, until the visitor has read it."""
    if st.session_state.get("notice_read"):
        return
    st.subheader(texts.NOTICE_HEADING)
    st.markdown(texts.NOTICE)
    if st.button(texts.NOTICE_READ, type="primary", key="notice-read"):
        st.session_state.notice_read = True
        st.rerun()
    st.stop()
