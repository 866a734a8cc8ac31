"""Where a choice of the visitor stands, so that the browser cannot miss it."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

_Value = TypeVar("_Value")


def kept(key: str, at_first: _Value) -> _Value:
    """Returns where the widget with this key stands, for the widget to take as its default.

    Streamlit sends a value that comes from the state of its session once only. When a page runs
    twice within a moment, as on a busy server, the browser may draw the second run only. It then
    shows the widget's default and sends it back, as if the visitor had chosen it.

    Args:
        key: the widget's key.
        at_first: where it stands before the visitor has chosen anything.
    """
    return st.session_state.get(key, at_first)
