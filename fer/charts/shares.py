"""Figures of the shares at one moment (bars) and over a whole recording (a ring)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from fer.charts.style import GRID, HATCH, HATCHING, LINE, SMALL, figure_of, stack_of
from fer.emotions import COLOURS, EMOTIONS, KNOWN
from fer.mood.prevalence import Shares


def mood_bar(shares: Shares | None, height: int = 230) -> go.Figure:
    """Draw the mood of the class at one moment: a bar for each share, a line for its 90% interval.

    The bars stand in the order of the stack of `share_timeline`, so they serve as its legend.

    Args:
        shares: the shares of the class. For None, or NaN if no face was read, the axes are empty.
        height: of the figure, in px.
    """
    classes = EMOTIONS if shares is None else KNOWN[: len(shares.values)]
    names = stack_of(classes)[::-1]
    order = [classes.index(name) for name in names]
    empty = shares is None or not np.isfinite(shares.values).all()
    values, low, high = np.zeros((3, len(names)))
    if shares is not None and not empty:
        values, low, high = shares.values[order], shares.low[order], shares.high[order]
    bar = go.Bar(
        x=values,
        y=names,
        orientation="h",
        marker={
            "color": [COLOURS[name] for name in names],
            "pattern": {"shape": [HATCH[name] for name in names], **HATCHING},
        },
        error_x={
            "type": "data",
            "array": high - values,
            "arrayminus": values - low,
            "color": LINE,
            "thickness": 1.5,
            "width": 3,
        },
        customdata=np.stack([low, high], axis=1),
        hovertemplate="%{y}: %{x:.0%} (90% interval %{customdata[0]:.0%} to "
        "%{customdata[1]:.0%})<extra></extra>",
    )
    # The words stand beside the end of the interval, so neither the bar nor the line crosses them.
    words = go.Scatter(
        x=high,
        y=names,
        mode="text",
        text=["" if empty else f" {value:.0%}" for value in values],
        textposition="middle right",
        hoverinfo="skip",
        cliponaxis=False,
    )
    return figure_of(
        [bar, words],
        height,
        left=64,
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


def donut(shares: Sequence[float] | np.ndarray | None, height: int = 260) -> go.Figure:
    """Draw the mean shares of a recording as a ring, with a name beside each part.

    Args:
        shares: the share of each emotion, (7,) or (8,), in the order of `KNOWN`; None draws
            nothing.
        height: of the figure, in px.
    """
    values = dict(zip(KNOWN, [0.0] * len(EMOTIONS) if shares is None else shares, strict=False))
    names = stack_of(values)
    ring = go.Pie(
        labels=names,
        values=[float(values[name]) for name in names],
        hole=0.55,
        sort=False,
        direction="clockwise",
        marker={
            "colors": [COLOURS[name] for name in names],
            "line": {"color": "white", "width": 1},
            "pattern": {
                "shape": [HATCH[name] for name in names],
                "fillmode": "overlay",
                "fgcolor": "white",
                "fgopacity": 0.4,
                "size": 6,
            },
        },
        # The names of parts that are too thin to see would lie on top of each other.
        text=[f"{name} {values[name]:.0%}" if values[name] >= 0.02 else "" for name in names],
        textinfo="text",
        textposition="outside",
        hovertemplate="%{label}: %{percent:.1%}<extra></extra>",
    )
    return figure_of(
        [ring],
        height,
        left=8,
        top=28,
        bottom=28,
        showlegend=False,
        uniformtext={"minsize": 10, "mode": "hide"},
    )
