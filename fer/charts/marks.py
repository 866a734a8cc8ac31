"""Events and marks on a chart over time: spans, lines, and their names above the plot."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fer.charts.style import LINE, SMALL, at, ends_of, escape
from fer.emotions import COLOURS
from fer.mood.trigger import Event
from fer.mood.window import Mark

ALERT = "rgba(213,94,0,0.18)"


def top_margin(labelled: Sequence) -> int:
    """Top margin in px: room for texts above the plot where there are any."""
    return 24 if labelled else 8


def event_spans(events: Sequence[Event], last: float) -> list[dict]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": at(event.start),
            "x1": at(max(event.start, last if event.end is None else event.end)),
            "y0": 0,
            "y1": 1,
            "fillcolor": ALERT,
            "line": {"width": 1, "color": COLOURS["angry"]},
            "layer": "below",
        }
        for event in events
    ]


def event_texts(events: Sequence[Event], seconds: pd.Series) -> list[dict]:
    first, end = ends_of(seconds)
    texts = []
    for event in events:
        # The span of an event that lasts reaches into the plot; so must its name.
        lasts = event.end is None or event.end > first
        at = max(event.start, first) if lasts else event.start
        texts.append(_text(at, f"⚠ {event.kind}", event.text, first, end))
    return texts


def mark_lines(marks: Sequence[Mark]) -> list[dict]:
    return [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": at(mark.t),
            "x1": at(mark.t),
            "y0": 0,
            "y1": 1,
            "line": {"width": 1.5, "color": LINE, "dash": "dash"},
        }
        for mark in marks
    ]


def mark_texts(marks: Sequence[Mark], seconds: pd.Series) -> list[dict]:
    return [_text(mark.t, f"⚑ {mark.text}", mark.text, *ends_of(seconds)) for mark in marks]


def _text(t: float, text: str, hover: str, first: float, end: float) -> dict:
    """A text above the plot; Plotly hides it where `t` is not shown."""
    shown = text if len(text) <= 24 else f"{text[:23]}…"
    return {
        "xref": "x",
        "yref": "paper",
        "x": at(t),
        "y": 1,
        # Near the right end it would be cut off.
        "xanchor": "left" if t < first + 0.7 * (end - first) else "right",
        "yanchor": "bottom",
        "showarrow": False,
        "text": escape(shown),
        "hovertext": escape(hover),
        "font": SMALL,
    }
