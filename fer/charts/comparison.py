"""Figures that compare several recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from fer.charts.style import (
    GRID,
    LINE,
    LINE_STYLES,
    SMALL,
    TITLED_AXIS,
    escape,
    figure_of,
    legend_height,
    line_of,
    shortened,
)
from fer.emotions import KNOWN

_LINES = 150
"""Height in px of the chart with the lines, without what is around it."""


def comparison_bars(shares: Mapping[str, Sequence[float]], height: int = 280) -> go.Figure:
    """Draw the mean shares of several recordings as bars side by side.

    Args:
        shares: for each name of a recording the share of each emotion, (7,) or (8,) in the order of
            `KNOWN`.
        height: of the figure, in px.
    """
    traces = []
    for number, (name, values) in enumerate(shares.items()):
        colour, _ = LINE_STYLES[(number + 1) % len(LINE_STYLES)]
        bars = go.Bar(
            x=list(KNOWN[: len(values)]),
            y=[float(value) for value in values],
            name=escape(name),
            marker={"color": colour, "pattern": {"shape": ("", "/", "x")[number % 3]}},
            text=[f"{value:.0%}" for value in values],
            textposition="outside",
            hovertemplate="%{x}: %{y:.1%}",
        )
        traces.append(bars)
    return figure_of(
        traces,
        height,
        left=52,
        top=30,
        barmode="group",
        bargap=0.25,
        yaxis={
            "title": {"text": "share of faces read", "font": SMALL},
            "range": [0, 1.1],
            "tickformat": ".0%",
            "gridcolor": GRID,
        },
        # On a phone not all figures fit above their bars. Those that do not are left to the hover
        # text, instead of being shrunk or written over each other.
        uniformtext={"minsize": 10, "mode": "hide"},
        showlegend=True,
        legend={"font": SMALL, "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )


def comparison_lines(curves: Mapping[str, Sequence[float]], height: int | None = None) -> go.Figure:
    """Draw the valence of several recordings, each over its whole length.

    Recordings of different length can be compared in this way. The legend has a row for each name,
    so that the curves keep their height, however long the names are.

    Args:
        curves: for each name of a recording its valence at evenly spaced parts of it.
        height: of the figure, in px; None fits it to the number of curves.
    """
    top = legend_height(len(curves))
    height = height or top + _LINES + TITLED_AXIS
    traces = []
    for number, (name, values) in enumerate(curves.items()):
        colour, dash = LINE_STYLES[(number + 1) % len(LINE_STYLES)]
        line = go.Scatter(
            x=np.linspace(0, 1, len(values)),
            name=escape(shortened(name)),
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="%{y:.2f}",
            **line_of(values),
        )
        traces.append(line)
    return figure_of(
        traces,
        height,
        left=52,
        top=top,
        bottom=TITLED_AXIS,
        xaxis={
            "title": {"text": "part of the whole length", "font": SMALL},
            "range": [0, 1.05],  # the label of 100% needs room to the right
            "tickformat": ".0%",
            "gridcolor": GRID,
        },
        yaxis={
            "title": {"text": "valence (−1 to 1)", "font": SMALL},
            "range": [-1, 1],
            "gridcolor": GRID,
            "zerolinecolor": LINE,
        },
        showlegend=True,
        legend={"font": SMALL, "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
