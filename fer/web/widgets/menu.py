"""The menu of pages on a phone, which closes once a page is chosen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "fer_menu", js=(Path(__file__).resolve().parent / "menu.js").read_text("utf-8")
)


def close_menu_after_a_tap() -> None:
    """Make the sidebar of narrow screens close when a page is chosen; nothing is visible."""
    _component(key="menu", height=1)
