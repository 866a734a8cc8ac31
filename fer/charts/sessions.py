"""Figures of several sessions over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from fer.charts.style import (
    GRID,
    HATCH,
    HATCHING,
    ON_HATCHING,
    SMALL,
    TITLED_AXIS,
    escape,
    figure_of,
    legend_height,
    shortened,
)
from fer.emotions import COLOURS

_ROW = 48
"""Height in px of a bar with its name."""

_LEGEND_ROWS = 2
"""Rows of the legend on a phone."""

_BAR = 0.45
"""Part of a row that its bar fills; the name stands above it."""

# The look of each group is that of one of its emotions, so that all charts agree.
_LOOK = ("happy", "neutral", "surprise", "angry")


def sessions_bars(
    names: Sequence[str], groups: np.ndarray, titles: Sequence[str], height: int | None = None
) -> go.Figure:
    """Draw the shares of the four groups in each session as one bar of parts.

    Names stand above the bars, so that they can be read at any width; the oldest session is at the
    top.

    Args:
        names: of the sessions, each different, in the order of time.
        groups: (n, 4), share of each group of `fer.mood.groups.Group`.
        titles: of the groups.
        height: of the figure, in px; None fits it to the number of sessions.
    """
    top = legend_height(_LEGEND_ROWS)
    height = height or top + _ROW * len(names) + TITLED_AXIS
    places = list(range(len(names)))
    bars = [
        go.Bar(
            x=[float(value) for value in values],
            y=places,
            orientation="h",
            width=_BAR,
            name=title,
            customdata=[escape(name) for name in names],
            marker={
                "color": COLOURS[emotion],
                "pattern": {"shape": HATCH[emotion], **HATCHING},
            },
            text=[f"{value:.0%}" if value >= 0.08 else "" for value in values],
            textposition="inside",
            textfont=ON_HATCHING,
            insidetextanchor="middle",
            hovertemplate="%{customdata}: %{x:.1%}",
        )
        for title, values, emotion in zip(titles, groups.T, _LOOK, strict=True)
    ]
    return figure_of(
        bars,
        height,
        left=8,
        top=top,
        right=20,
        bottom=TITLED_AXIS,
        barmode="stack",
        xaxis={
            "title": {"text": "share of faces read", "font": SMALL},
            "range": [0, 1],
            "tickformat": ".0%",
            "gridcolor": GRID,
        },
        yaxis={
            "range": [len(names) - 0.7, -0.75],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": False,
        },
        annotations=[
            {
                "text": escape(shortened(name)),
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": place,
                "yanchor": "bottom",
                "yshift": _BAR * _ROW / 2,
                "showarrow": False,
                "font": SMALL,
            }
            for place, name in zip(places, names, strict=True)
        ],
        showlegend=True,
        legend={
            "font": SMALL,
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
    )
