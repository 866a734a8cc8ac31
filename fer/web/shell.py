"""Keeps pages inside the app's frame."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

ICON = str(Path(__file__).resolve().parent / "icon.svg")
"""Of the browser's tab."""


def run(page: StreamlitPage) -> None:
    """Run the page that `st.navigation` chose; `app.py` calls it last."""
    st.session_state.framed = True
    wanted = st.session_state.pop("wanted_page", None)
    if wanted is not None:
        st.switch_page(wanted, query_params=st.session_state.pop("wanted_query", None))
    page.run()


def require(script: str) -> None:
    """Go through `app.py` where Streamlit has left it out; every page calls it first.

    Until `app.py` has called `st.navigation` once in a process, Streamlit takes the folder `pages`
    for its older kind of multipage app, and runs the page of a bookmark without `app.py`: with the
    wrong menu, title and width for the first visitor after a start.

    Args:
        script: the page's `__file__`.
    """
    if not st.session_state.get("framed"):
        st.session_state.wanted_page = f"pages/{Path(script).name}"
        # The page's address may hold more than its name, and switching pages drops that.
        query = st.query_params
        st.session_state.wanted_query = {name: query.get_all(name) for name in query}
        st.switch_page("app.py")
