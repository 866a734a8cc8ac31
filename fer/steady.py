"""Plotly charts that change their data in place.

Streamlit 1.67 makes a chart's identity from its content, whatever key it is given: each new
figure is a new element for the browser, which throws the old chart away, shows nothing for a
moment and draws again. Once a second that flickers and costs most of the page's time.
"""

from __future__ import annotations

import functools

import plotly.graph_objects as go
import streamlit as st
from streamlit.elements import plotly_chart

PREFIX = "steady-"
"""Keys that begin so mark charts whose identity is the key alone."""


def _by_key(compute):
    @functools.wraps(compute)
    def wrapper(element_type: str, *, user_key: str | None, **identity) -> str:
        if user_key is not None and user_key.startswith(PREFIX):
            identity["plotly_spec"] = ""
        return compute(element_type, user_key=user_key, **identity)

    wrapper.steady = True
    return wrapper


def steady_chart(figure: go.Figure, key: str) -> None:
    """Show a figure where the chart with the same key was, without drawing it anew.

    Args:
        figure: what to show.
        key: of the chart; unique on the page.
    """
    # Put in here and not at import: a page run anew in a reloaded process must find it too.
    if not hasattr(plotly_chart.compute_and_register_element_id, "steady"):
        plotly_chart.compute_and_register_element_id = _by_key(
            plotly_chart.compute_and_register_element_id
        )
    st.plotly_chart(figure, key=PREFIX + key, width="stretch", config={"displayModeBar": False})
