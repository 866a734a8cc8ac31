"""Figures over time. Time without data shows as a gap.

A timeline is a pandas table with `fer.mood.timeline.TIMELINE_COLUMNS`: one row for each interval,
in the order of time; `t` is the start of the interval in s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer.charts.marks import overlay
from fer.charts.style import (
    GRID,
    HATCH,
    HATCHING,
    LINE,
    LINE_STYLES,
    SMALL,
    at,
    figure_of,
    line_of,
    stack_of,
    time_axis,
    times_of,
)
from fer.emotions import COLOURS
from fer.mood.timeline import PLEASANT_BAND, UNPLEASANT_BAND, VALENCE_BAND
from fer.mood.trigger import Event
from fer.mood.window import Mark

VALENCE_INK = "#0072B2"
VALENCE_BAND_INK = "rgba(0,114,178,0.35)"
SHARE_BAND_INK = "rgba(255,255,255,0.4)"
FACES_INK = "#009E73"


def share_timeline(
    timeline: pd.DataFrame,
    marks: Sequence[Mark] = (),
    height: int = 230,
    legend: bool = True,
    period: tuple[float, float] | None = None,
    bands: bool = False,
) -> go.Figure:
    """Draw the shares of all emotions over time, stacked to 100%.

    Pleasant expressions stand at the bottom and unpleasant ones at the top, so each group has one
    edge, over which its 90% interval can be drawn as a band.

    Args:
        timeline: a table as this module describes it.
        marks: drawn as dashed lines with their texts.
        height: of the figure, in px.
        legend: whether the chart explains its colours below it.
        period: start and end, in s, that `fit_period` will show; None if it is not used.
        bands: whether to draw the intervals. Otherwise they wait for a click in the legend, because
            they hide a part of the colours.
    """
    times = times_of(timeline["t"])
    above = overlay(timeline["t"], (), marks, period)
    names = stack_of(timeline.columns)
    missing = timeline[names[0]].isna().to_numpy()
    hover: str | list[str] = "%{y:.0%}"
    if missing.any():
        hover = ["no data" if gap else "%{y:.0%}" for gap in missing]
    traces = [
        go.Scatter(
            x=times,
            # A stack would join the points around a missing one; steps without height leave a gap.
            y=np.where(missing, 0, timeline[name]).astype(np.float32),
            name=name,
            stackgroup="shares",
            mode="lines",
            line={"width": 0.5, "color": COLOURS[name], "shape": "hv"},
            fillcolor=COLOURS[name],
            fillpattern={"shape": HATCH[name], **HATCHING} if HATCH[name] else None,
            hovertemplate=hover,
        )
        for name in names
    ]
    if (bands or legend) and set(PLEASANT_BAND + UNPLEASANT_BAND) <= set(timeline.columns):
        how: dict[str, Any] = {
            "name": "90% interval",
            "legendgroup": "bands",
            "line": {"width": 0.7, "color": "rgba(0,0,0,0.5)"},
            "fillcolor": SHARE_BAND_INK,
            "visible": True if bands else "legendonly",
        }
        low, high = (timeline[name].to_numpy(float) for name in PLEASANT_BAND)
        traces.append(_band(timeline["t"], low, high, steps=True, **how))
        low, high = (timeline[name].to_numpy(float) for name in UNPLEASANT_BAND)
        traces.append(_band(timeline["t"], 1 - high, 1 - low, True, showlegend=False, **how))
    axis = time_axis(timeline["t"])
    if legend:
        # Makes room for the axis above the rows of the legend. Plotly's own template says so, too,
        # but within the app that of Streamlit takes its place.
        axis["automargin"] = True
    return figure_of(
        traces,
        height,
        left=52,
        top=above.top,
        xaxis=axis,
        yaxis={
            "title": {"text": "share", "font": SMALL},
            "range": [0, 1],
            "tickformat": ".0%",
            "gridcolor": GRID,
        },
        hovermode="x unified",
        showlegend=legend,
        # Below the plot, where it takes a row on a wide screen and several on a phone.
        legend={
            "font": SMALL,
            "orientation": "h",
            "itemsizing": "trace",
            "traceorder": "normal",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
        },
        shapes=above.shapes,
        annotations=above.annotations,
    )


def valence_line(
    timeline: pd.DataFrame,
    events: Sequence[Event] = (),
    marks: Sequence[Mark] = (),
    height: int = 230,
    period: tuple[float, float] | None = None,
) -> go.Figure:
    """Draw the mean valence of the class over time, its 90% interval as a band, and events above.

    Args:
        timeline: a table as this module describes it.
        events: alerts and other events; one that still lasts reaches to the last row.
        marks: drawn as dashed lines with their texts.
        height: of the figure, in px.
        period: start and end, in s, that `fit_period` will show; None if it is not used.
    """
    above = overlay(timeline["t"], events, marks, period)
    traces = []
    if set(VALENCE_BAND) <= set(timeline.columns):
        low, high = (timeline[name].to_numpy(float) for name in VALENCE_BAND)
        how = {"line": {"width": 0}, "fillcolor": VALENCE_BAND_INK, "showlegend": False}
        traces.append(_band(timeline["t"], low, high, steps=False, **how))
    traces.append(
        go.Scatter(
            x=times_of(timeline["t"]),
            line={"color": VALENCE_INK, "width": 2},
            **line_of(timeline["valence"]),
            **_valence_hover(timeline),
        )
    )
    return figure_of(
        traces,
        height,
        left=52,
        top=above.top,
        xaxis=time_axis(timeline["t"]),
        yaxis={
            "title": {"text": "valence (−1 to 1)", "font": SMALL},
            # A little more than the values, or the lowest label would touch the time axis.
            "range": [-1.1, 1.1],
            "tickvals": [-1, 0, 1],
            "ticktext": ["☹ −1", "0", "☺ +1"],
            "gridcolor": GRID,
            "zerolinecolor": LINE,
        },
        showlegend=False,
        shapes=above.shapes,
        annotations=above.annotations,
    )


def _band(
    seconds: pd.Series, low: np.ndarray, high: np.ndarray, steps: bool, **how: Any
) -> go.Scatter:
    """Returns an interval as a band: an outline for each stretch without gaps.

    Args:
        seconds: the times of the rows, in s.
        low, high: float (rows,), the bounds; NaN where there is a gap.
        steps: whether a row's bounds hold until the next row.
        how: further arguments of the trace.
    """
    known = np.isfinite(low) & np.isfinite(high)
    stretches = np.flatnonzero(np.diff(known, prepend=False, append=False)).reshape(-1, 2)
    t = seconds.to_numpy(float)
    times, bounds = [np.zeros(0)], [np.zeros(0)]
    for start, stop in stretches:
        along, lower, upper = t[start:stop], low[start:stop], high[start:stop]
        if steps:
            ends = np.append(along[1:], t[min(stop, len(t) - 1)])
            along = np.stack([along, ends], axis=1).ravel()
            lower, upper = np.repeat(lower, 2), np.repeat(upper, 2)
        # Along the upper bound and back along the lower one; the NaN ends the outline.
        times.append(np.r_[along, along[::-1], along[0]])
        bounds.append(np.r_[upper, lower[::-1], np.nan])
    return go.Scatter(
        x=times_of(np.concatenate(times)),
        y=np.concatenate(bounds).astype(np.float32),
        mode="lines",
        fill="toself",
        hoverinfo="skip",
        **how,
    )


def _valence_hover(timeline: pd.DataFrame) -> dict:
    if not set(VALENCE_BAND) <= set(timeline.columns):
        return {"hovertemplate": "%{y:.2f}<extra></extra>"}
    return {
        "customdata": timeline[list(VALENCE_BAND)].to_numpy(np.float32),
        "hovertemplate": "%{y:.2f} (90% interval %{customdata[0]:.2f} to %{customdata[1]:.2f})"
        "<extra></extra>",
    }


def faces_line(timeline: pd.DataFrame, height: int = 230) -> go.Figure:
    """Draw the number of faces in view over time, and how many of them could not be read.

    Args:
        timeline: a table as this module describes it.
        height: of the figure, in px.
    """
    times = times_of(timeline["t"])
    in_view = go.Scatter(
        x=times,
        name="in view",
        line={"color": FACES_INK, "width": 2, "shape": "hv"},
        hovertemplate="%{y:.1f}",
        **line_of(timeline["faces"]),
    )
    not_readable = go.Scatter(
        x=times,
        name="not readable",
        line={"color": LINE, "width": 1.5, "dash": "dot", "shape": "hv"},
        hovertemplate="%{y:.1f}",
        **line_of(timeline["unread"]),
    )
    most = timeline["faces"].max() if len(timeline) else np.nan
    top = 1.15 * max(2.0, 0.0 if np.isnan(most) else float(most))
    return figure_of(
        [in_view, not_readable],
        height,
        left=52,
        top=24,
        xaxis=time_axis(timeline["t"]),
        yaxis={
            "title": {"text": "faces", "font": SMALL},
            "range": [0, top],
            **_whole_numbers(top),
            "gridcolor": GRID,
            "rangemode": "tozero",
        },
        hovermode="x unified",
        legend={
            "font": SMALL,
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.0,
            "yanchor": "bottom",
        },
    )


def cue_lines(
    timeline: pd.DataFrame,
    cues: Mapping[str, str],
    title: str,
    span: tuple[float, float] | None = (0, 1),
    height: int = 230,
) -> go.Figure:
    """Draw columns of a timeline as lines on one axis.

    Args:
        timeline: a table of which only `t` and the columns named in `cues` are used.
        cues: for each column its name in the legend.
        title: title of the vertical axis, with the unit.
        span: both ends of that axis; (0, 1) is written in per cent, and None fits the data.
        height: of the figure, in px.
    """
    shares = span == (0, 1)
    times = times_of(timeline["t"])
    traces = [
        go.Scatter(
            x=times,
            name=name,
            line={"color": colour, "width": 1.8, "dash": dash},
            hovertemplate="%{y:.0%}" if shares else "%{y:.1f}",
            **line_of(timeline[column]),
        )
        for (column, name), (colour, dash) in zip(cues.items(), cycle(LINE_STYLES), strict=False)
    ]
    return figure_of(
        traces,
        height,
        left=52,
        top=30,
        xaxis=time_axis(timeline["t"]),
        yaxis={
            "title": {"text": title, "font": SMALL},
            "range": None if span is None else list(span),
            "tickformat": ".0%" if shares else None,
            "gridcolor": GRID,
            "zerolinecolor": LINE,
        },
        hovermode="x unified",
        showlegend=True,
        legend={"font": SMALL, "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )


def press_lines(
    timeline: pd.DataFrame, buttons: Mapping[str, str], title: str, height: int = 230
) -> go.Figure:
    """Draw how many students press each button, on an axis that counts whole students.

    Args:
        timeline: a table of which only `t` and the columns named in `buttons` are used.
        buttons: for each column its name in the legend.
        title: title of the vertical axis.
        height: of the figure, in px.
    """
    # Presses fade below one student, whose axis would have hundredths of students.
    top = 1.05 * float(np.nanmax(timeline[list(buttons)].to_numpy(), initial=1.0))
    figure = cue_lines(timeline, buttons, title, (0.0, top), height)
    return figure.update_yaxes(_whole_numbers(top))


def _whole_numbers(top: float) -> dict:
    """Arguments for an axis from 0 to `top`, which would count halves if it is short."""
    return {"dtick": 1 if top < 5 else None}


def fit_period(figure: go.Figure, start: float, end: float) -> go.Figure:
    """Let a chart over time show exactly this period, in s, so that several charts align.

    Returns:
        The same figure.
    """
    return figure.update_layout(xaxis={"range": [at(start), at(end)], "autorange": False})
