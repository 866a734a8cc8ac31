"""Plotly charts: some stand still, and some change their data in place.

`still_chart` shows a figure that stays. For one that changes, `st.plotly_chart` of Streamlit 1.67
will not do: it identifies a chart by its content, whatever its key is. Each new figure is a new
element, so the browser throws the old chart away, shows nothing for a moment and
draws again. Done once a second, this flickers, loses any zoom and takes most of the page's time.
"""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st
import streamlit.components.v1

from fer.charts.plotly_js import plotly_js
from fer.web import compat
from fer.web.widgets.component import component

# Streamlit serves the folder of a component of the older kind. Here it is the one with plotly.js,
# so that nothing is fetched from elsewhere.
_file = plotly_js()
_library = streamlit.components.v1.declare_component("plotly", path=str(_file.parent))
LIBRARY_URL = compat.library_url(_library, _file.name)

_component = component(
    __file__,
    # Plotly keeps its styles in the page's head, which a shadow root would shut out.
    isolate_styles=False,
)


def steady_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure in the place of the earlier chart with the same key.

    Args:
        figure: what to show; its layout must say its height.
        key: the key of the chart, unique on the page.
        alt: what the chart shows, for people who cannot see it.
    """
    _component(
        key=f"chart-{key}",
        data={"name": key, "figure": figure.to_json(), "alt": alt, "plotly": LIBRARY_URL},
        height=figure.layout.height,
    )


def still_chart(figure: go.Figure, key: str) -> None:
    """Show a figure that does not change while it is looked at.

    It has no toolbar, which would lie over the legend on a phone.

    Args:
        figure: what to show, as wide as its place.
        key: the key of the chart, unique on the page.
    """
    st.plotly_chart(figure, key=key, width="stretch", config={"displayModeBar": False})
