"""Plotly charts that change their data in place.

`st.plotly_chart` of Streamlit 1.67 makes a chart's identity from its content, whatever key it is
given: each new figure is a new element, and the browser throws the old chart away, shows nothing
for a moment and draws again. Once a second that flickers, forgets any zoom and costs most of the
page's time.
"""

from __future__ import annotations

from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st
import streamlit.components.v1

from fer.web import compat

# Streamlit serves the folder of a component of the older kind: here the plotly.js that comes with
# the Python package, so that both fit each other and nothing is fetched from elsewhere.
_library = streamlit.components.v1.declare_component(
    "plotly", path=str(Path(plotly.__file__).parent / "package_data")
)
LIBRARY_URL = compat.library_url(_library, "plotly.min.js")

_component = st.components.v2.component(
    "fer_chart",
    js=(Path(__file__).resolve().parent / "chart.js").read_text("utf-8"),
    # Plotly keeps its styles in the page's head, which a shadow root would shut out.
    isolate_styles=False,
)


def steady_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure where the chart with the same key was.

    Args:
        figure: what to show; its layout must say its height.
        key: of the chart; unique on the page.
        alt: what the chart shows, for people who cannot see it.
    """
    _component(
        key=f"chart-{key}",
        data={"name": key, "figure": figure.to_json(), "alt": alt, "plotly": LIBRARY_URL},
        height=figure.layout.height,
    )
