"""Timelines as Plotly figures.

Every figure keeps the emotion colours of `fer.emotions.COLOURS`, never tells anything by colour
alone (labels or hatching say it too), is transparent so that it suits light and dark pages, and
shows time without data as a gap.

A timeline is a pandas table with `fer.mood.timeline.TIMELINE_COLUMNS`: one row per interval, `t`
its start in seconds, rows in order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer.emotions import COLOURS, UNSURE
from fer.mood.shares import SHARES
from fer.mood.trigger import Event
from fer.mood.window import Mark

STACK: tuple[str, ...] = (
    "happy",
    "surprise",
    "neutral",
    UNSURE,
    "sad",
    "fear",
    "disgust",
    "angry",
)
"""Order in a stack, from the bottom: pleasant at the foot, unpleasant at the top, so that both
have a straight edge to read them from."""

# Hatching of the areas, so that neighbours differ without their colours.
HATCH: dict[str, str] = {
    "happy": "",
    "surprise": ".",
    "neutral": "",
    UNSURE: "|",
    "sad": "-",
    "fear": "\\",
    "disgust": "x",
    "angry": "/",
}

_HATCHING = {"fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.55, "size": 6}
_CLEAR = "rgba(0,0,0,0)"
_GRID = "rgba(128,128,128,0.25)"
_LINE = "#7F7F7F"
_ALERT = "rgba(213,94,0,0.18)"
_VALENCE = "#0072B2"
_FACES = "#009E73"
_SMALL = {"size": 11}


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
            "pattern": {"shape": [HATCH[name] for name in names], **_HATCHING},
        },
        text=["" if shares is None else f"{value:.0%}" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = go.Figure(bar, _layout(height, left=64))
    figure.update_layout(
        xaxis={
            "title": {"text": "share of faces read", "font": _SMALL, "standoff": 4},
            "range": [0, 1.08],
            "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "gridcolor": _GRID,
            "zeroline": False,
        },
        yaxis={"autorange": "reversed", "categoryarray": names, "categoryorder": "array"},
        bargap=0.25,
        showlegend=False,
    )
    return figure


def share_timeline(
    timeline: pd.DataFrame,
    marks: Sequence[Mark] = (),
    height: int = 230,
    legend: bool = True,
) -> go.Figure:
    """The shares of all emotions over time, stacked to 100 %.

    Args:
        timeline: see the module.
        marks: moments, drawn as dashed lines with their text.
        height: px.
        legend: whether to explain the colours beside it.
    """
    times = _times(timeline["t"])
    figure = go.Figure(layout=_layout(height, left=52, top=_top(marks)))
    missing = timeline[STACK[0]].isna().to_numpy()
    hover: str | list[str] = "%{y:.0%}"
    if missing.any():
        hover = ["no data" if gap else "%{y:.0%}" for gap in missing]
    for name in STACK:
        # Stacks join the points around a missing one. Steps of no height leave it blank.
        share = np.where(missing, 0, timeline[name]).astype(np.float32)
        figure.add_scatter(
            x=times,
            y=share,
            name=name,
            stackgroup="shares",
            mode="lines",
            line={"width": 0.5, "color": COLOURS[name], "shape": "hv"},
            fillcolor=COLOURS[name],
            fillpattern={"shape": HATCH[name], **_HATCHING} if HATCH[name] else None,
            hovertemplate=hover,
        )
    figure.update_layout(
        xaxis=_time_axis(timeline["t"]),
        yaxis={
            "title": {"text": "share", "font": _SMALL},
            "range": [0, 1],
            "tickformat": ".0%",
            "gridcolor": _GRID,
        },
        hovermode="x unified",
        showlegend=legend,
        legend={"font": _SMALL, "traceorder": "reversed", "x": 1.01, "y": 1, "itemsizing": "trace"},
        shapes=_mark_lines(marks),
        annotations=_mark_texts(marks, timeline["t"]),
    )
    return figure


def valence_line(
    timeline: pd.DataFrame,
    events: Sequence[Event] = (),
    marks: Sequence[Mark] = (),
    height: int = 230,
) -> go.Figure:
    """The mean valence of the class over time, with events as shaded spans.

    Args:
        timeline: see the module.
        events: alerts or other events. One that still lasts reaches to the last row.
        marks: moments, drawn as dashed lines with their text.
        height: px.
    """
    figure = go.Figure(
        go.Scatter(
            x=_times(timeline["t"]),
            y=timeline["valence"].astype(np.float32),
            mode="lines",
            connectgaps=False,
            line={"color": _VALENCE, "width": 2},
            hovertemplate="%{y:.2f}<extra></extra>",
        ),
        _layout(height, left=52, top=_top((*events, *marks))),
    )
    last = float(timeline["t"].iloc[-1]) if len(timeline) else 0.0
    figure.update_layout(
        xaxis=_time_axis(timeline["t"]),
        yaxis={
            "title": {"text": "valence (−1 to 1)", "font": _SMALL},
            "range": [-1, 1],
            "tickvals": [-1, 0, 1],
            "ticktext": ["−1 ☹", "0", "+1 ☺"],
            "gridcolor": _GRID,
            "zerolinecolor": _LINE,
        },
        showlegend=False,
        shapes=[*_event_spans(events, last), *_mark_lines(marks)],
        annotations=[*_event_texts(events, timeline["t"]), *_mark_texts(marks, timeline["t"])],
    )
    return figure


def faces_line(
    timeline: pd.DataFrame, events: Sequence[Event] = (), height: int = 230
) -> go.Figure:
    """The number of faces in view over time, and how many of them could not be read.

    Args:
        timeline: see the module.
        events: drawn as shaded spans.
        height: px.
    """
    times = _times(timeline["t"])
    figure = go.Figure(layout=_layout(height, left=52, top=24))
    figure.add_scatter(
        x=times,
        y=timeline["faces"].astype(np.float32),
        name="in view",
        mode="lines",
        line={"color": _FACES, "width": 2, "shape": "hv"},
        hovertemplate="%{y:.1f}",
    )
    figure.add_scatter(
        x=times,
        y=timeline["unread"].astype(np.float32),
        name="not readable",
        mode="lines",
        line={"color": _LINE, "width": 1.5, "dash": "dot", "shape": "hv"},
        hovertemplate="%{y:.1f}",
    )
    most = timeline["faces"].max() if len(timeline) else np.nan
    last = float(timeline["t"].iloc[-1]) if len(timeline) else 0.0
    figure.update_layout(
        xaxis=_time_axis(timeline["t"]),
        yaxis={
            "title": {"text": "faces", "font": _SMALL},
            "range": [0, 1.15 * max(2.0, 0.0 if np.isnan(most) else float(most))],
            "gridcolor": _GRID,
            "rangemode": "tozero",
        },
        hovermode="x unified",
        legend={
            "font": _SMALL,
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.0,
            "yanchor": "bottom",
        },
        shapes=_event_spans(events, last),
        annotations=_event_texts(events, timeline["t"]),
    )
    return figure


def fit_period(figure: go.Figure, start: float, end: float) -> go.Figure:
    """Let a chart over time show exactly this period, in s, so that several align; returns it."""
    # Room for the legend of the shares, on every chart, and so for texts at the end.
    return figure.update_layout(
        xaxis={"range": [_at(start), _at(end)], "autorange": False}, margin={"r": 96}
    ).update_annotations(xanchor="left")


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
    figure = go.Figure(ring, _layout(height, left=8, top=28))
    figure.update_layout(
        showlegend=False, margin={"b": 28}, uniformtext={"minsize": 10, "mode": "hide"}
    )
    return figure


# Cues are told apart by their dashes as well as by their colours.
_CUE_STYLES = (
    ("#E69F00", "solid"),
    ("#0072B2", "dash"),
    ("#009E73", "dot"),
    ("#CC79A7", "dashdot"),
    ("#D55E00", "longdash"),
)


def cue_lines(
    timeline: pd.DataFrame,
    cues: Mapping[str, str],
    title: str,
    span: tuple[float, float] | None = (0, 1),
    height: int = 230,
) -> go.Figure:
    """Columns of a timeline as lines on one axis.

    Args:
        timeline: see the module; only `t` and the columns named in `cues` are used.
        cues: column -> name in the legend.
        title: of the vertical axis, with the unit.
        span: ends of that axis; (0, 1) is written in per cent, None fits the data.
        height: px.
    """
    figure = go.Figure(layout=_layout(height, left=52))
    shares = span == (0, 1)
    for number, (column, name) in enumerate(cues.items()):
        colour, dash = _CUE_STYLES[number % len(_CUE_STYLES)]
        figure.add_scatter(
            x=_times(timeline["t"]),
            y=timeline[column].astype(np.float32),
            name=name,
            # A single value between gaps is no line.
            mode="lines+markers" if len(timeline) <= 60 else "lines",
            marker={"size": 4},
            connectgaps=False,
            line={"color": colour, "width": 1.8, "dash": dash},
            hovertemplate="%{y:.0%}" if shares else "%{y:.1f}",
        )
    figure.update_layout(
        xaxis=_time_axis(timeline["t"]),
        yaxis={
            "title": {"text": title, "font": _SMALL},
            "range": None if span is None else list(span),
            "tickformat": ".0%" if shares else None,
            "gridcolor": _GRID,
            "zerolinecolor": _LINE,
        },
        hovermode="x unified",
        showlegend=True,
        legend={"font": _SMALL, "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        margin={"t": 30},
    )
    return figure


def comparison_bars(shares: Mapping[str, Sequence[float]], height: int = 280) -> go.Figure:
    """Mean shares of several recordings, bars side by side.

    Args:
        shares: name of the recording -> (8,), see `fer.mood.bucket.MoodBucket.shares`.
        height: px.
    """
    figure = go.Figure(layout=_layout(height, left=52, top=30))
    for number, (name, values) in enumerate(shares.items()):
        colour, _ = _CUE_STYLES[(number + 1) % len(_CUE_STYLES)]
        figure.add_bar(
            x=list(SHARES),
            y=[float(value) for value in values],
            name=escape(name),
            marker={"color": colour, "pattern": {"shape": ("", "/", "x")[number % 3]}},
            text=[f"{value:.0%}" for value in values],
            textposition="outside",
            hovertemplate="%{x}: %{y:.1%}",
        )
    figure.update_layout(
        barmode="group",
        bargap=0.25,
        yaxis={
            "title": {"text": "share of faces read", "font": _SMALL},
            "range": [0, 1.1],
            "tickformat": ".0%",
            "gridcolor": _GRID,
        },
        showlegend=True,
        legend={"font": _SMALL, "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def comparison_lines(curves: Mapping[str, Sequence[float]], height: int = 240) -> go.Figure:
    """Valence of several recordings over their own length, so that unequal ones compare.

    Args:
        curves: name of the recording -> valence at evenly spaced parts of it.
        height: px.
    """
    figure = go.Figure(layout=_layout(height, left=52, top=30))
    for number, (name, values) in enumerate(curves.items()):
        colour, dash = _CUE_STYLES[(number + 1) % len(_CUE_STYLES)]
        figure.add_scatter(
            x=np.linspace(0, 1, len(values)),
            y=[float(value) for value in values],
            name=escape(name),
            mode="lines",
            connectgaps=False,
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="%{y:.2f}",
        )
    figure.update_layout(
        xaxis={
            "title": {"text": "part of the recording", "font": _SMALL},
            "range": [0, 1],
            "tickformat": ".0%",
            "gridcolor": _GRID,
        },
        yaxis={
            "title": {"text": "valence (−1 to 1)", "font": _SMALL},
            "range": [-1, 1],
            "gridcolor": _GRID,
            "zerolinecolor": _LINE,
        },
        showlegend=True,
        legend={"font": _SMALL, "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def _layout(height: int, *, left: int, top: int = 8) -> go.Layout:
    return go.Layout(
        height=height,
        margin={"l": left, "r": 8, "t": top, "b": 40},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        # Keeps zoom and hidden traces when the data change under the reader's hand.
        uirevision="keep",
        hoverlabel={"font": _SMALL},
    )


def _times(seconds: Iterable[float]) -> np.ndarray:
    """Seconds as datetime64[ms] since 1970, which lets Plotly write them as h:min:s."""
    return (np.asarray(list(seconds), dtype=float) * 1000).round().astype("datetime64[ms]")


def _time_axis(seconds: pd.Series) -> dict:
    first, end = _ends(seconds)
    long = end >= 3600
    return {
        # The rows alone set the axis, not marks and events of long before. A range that moves on
        # would take the reader's zoom away each time; bounds of the automatic one do not. They are
        # numbers, in ms, for Plotly does not read times there. Without rows there is nothing
        # automatic: Plotly would show a moment in the year 2000.
        "range": [_at(first), _at(end)],
        "autorange": bool(len(seconds)),
        "autorangeoptions": {"minallowed": first * 1000, "maxallowed": end * 1000},
        "type": "date",
        "tickformat": "%H:%M:%S" if long else "%M:%S",
        "hoverformat": "%H:%M:%S",
        "title": {"text": f"time since the start ({'h:' if long else ''}min:s)", "font": _SMALL},
        "gridcolor": _GRID,
        "nticks": 8,
    }


def _ends(seconds: pd.Series) -> tuple[float, float]:
    """Ends of a time axis, s: the first rows would fill it with ticks that all say the same."""
    first, last = (float(seconds.iloc[i]) if len(seconds) else 0.0 for i in (0, -1))
    return first, max(last, first + 8)


def _top(labelled: Sequence) -> int:
    """Top margin in px: room for texts above the plot where there are any."""
    return 24 if labelled else 8


def _at(seconds: float) -> str:
    return str(_times([seconds])[0])


def _event_spans(events: Sequence[Event], last: float) -> list[dict]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": _at(event.start),
            "x1": _at(max(event.start, last if event.end is None else event.end)),
            "y0": 0,
            "y1": 1,
            "fillcolor": _ALERT,
            "line": {"width": 1, "color": COLOURS["angry"]},
            "layer": "below",
        }
        for event in events
    ]


def _event_texts(events: Sequence[Event], seconds: pd.Series) -> list[dict]:
    first, end = _ends(seconds)
    texts = []
    for event in events:
        # The span of an event that lasts reaches into the plot; so must its name.
        lasts = event.end is None or event.end > first
        at = max(event.start, first) if lasts else event.start
        texts.append(_text(at, f"⚠ {event.kind}", event.text, first, end))
    return texts


def _mark_lines(marks: Sequence[Mark]) -> list[dict]:
    return [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": _at(mark.t),
            "x1": _at(mark.t),
            "y0": 0,
            "y1": 1,
            "line": {"width": 1.5, "color": _LINE, "dash": "dash"},
        }
        for mark in marks
    ]


def _mark_texts(marks: Sequence[Mark], seconds: pd.Series) -> list[dict]:
    return [_text(mark.t, f"⚑ {mark.text}", mark.text, *_ends(seconds)) for mark in marks]


def _text(t: float, text: str, hover: str, first: float, end: float) -> dict:
    """A text above the plot; Plotly hides it where `t` is not shown."""
    shown = text if len(text) <= 24 else f"{text[:23]}…"
    return {
        "xref": "x",
        "yref": "paper",
        "x": _at(t),
        "y": 1,
        # Near the right end it would be cut off.
        "xanchor": "left" if t < first + 0.7 * (end - first) else "right",
        "yanchor": "bottom",
        "showarrow": False,
        "text": escape(shown),
        "hovertext": escape(hover),
        "font": _SMALL,
    }


def escape(text: str) -> str:
    """A text that Plotly shows as it is: it reads some HTML, links among it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
