"""Shares at one moment or over a whole recording: bars and a ring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from fer.charts.style import GRID, HATCH, HATCHING, SMALL, STACK, layout
from fer.emotions import COLOURS
from fer.mood.shares import SHARES


def mood_bar(shares: Sequence[float] | np.ndarray | None, height: int = 230) -> go.Figure:
    """The class's mood at one moment: one bar for each share, in the order of the stack of
    `share_timeline`, so that it serves as its legend.

    Args:
        shares: (8,), see `fer.mood.bucket.MoodBucket.shares`; None draws empty axes.
        height: px.
    """
    names = list(reversed(STACK))
    values = [0.0 if shares is None else float(shares[SHARES.index(name)]) for name in names]
    bar = go.Bar(
        x=values,
        y=names,
        orientation="h",
        marker={
            "color": [COLOURS[name] for name in names],
            "pattern": {"shape": [HATCH[name] for name in names], **HATCHING},
        },
        text=["" if shares is None else f"{value:.0%}" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = go.Figure(bar, layout(height, left=64))
    figure.update_layout(
        xaxis={
            "title": {"text": "share of faces read", "font": SMALL, "standoff": 4},
            "range": [0, 1.08],
            "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "gridcolor": GRID,
            "zeroline": False,
        },
        yaxis={"autorange": "reversed", "categoryarray": names, "categoryorder": "array"},
        bargap=0.25,
        showlegend=False,
    )
    return figure


def donut(shares: Sequence[float] | np.ndarray | None, height: int = 260) -> go.Figure:
    """The mean shares of a recording as a ring, each part named beside it.

    Args:
        shares: (8,), see `fer.mood.bucket.MoodBucket.shares`; None draws nothing.
        height: px.
    """
    values = dict(zip(SHARES, [0.0] * len(SHARES) if shares is None else shares, strict=True))
    ring = go.Pie(
        labels=list(STACK),
        values=[float(values[name]) for name in STACK],
        hole=0.55,
        sort=False,
        direction="clockwise",
        marker={
            "colors": [COLOURS[name] for name in STACK],
            "line": {"color": "white", "width": 1},
            "pattern": {
                "shape": [HATCH[name] for name in STACK],
                "fillmode": "overlay",
                "fgcolor": "white",
                "fgopacity": 0.4,
                "size": 6,
            },
        },
        # Parts too thin to see would have their names on top of each other.
        text=[f"{name} {values[name]:.0%}" if values[name] >= 0.02 else "" for name in STACK],
        textinfo="text",
        textposition="outside",
        hovertemplate="%{label}: %{percent:.1%}<extra></extra>",
    )
    figure = go.Figure(ring, layout(height, left=8, top=28))
    figure.update_layout(
        showlegend=False, margin={"b": 28}, uniformtext={"minsize": 10, "mode": "hide"}
    )
    return figure
