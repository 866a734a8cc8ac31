"""Events and marks on a chart over time: bars and lines, and their names above the plot.

An event is drawn as a bar above the plot and a shade in it; events that overlap lie in different
rows. A mark is drawn as a dashed line with a light rim, which can be seen on every background, and
its name stands in a row beneath the events. Names are placed in the order of time. A name that
would run into another one goes to the next row or shrinks to its sign, whose hover text has the
rest. The layout is made for a narrow screen, so nothing collides on a wider one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from fer.charts.style import EVENT, SMALL, at, ends_of, escape
from fer.mood.moments import title_of
from fer.mood.trigger import Event
from fer.mood.window import Mark

ROW_PX = 14
"""Height of a row above the plot, in px."""

NARROW_PX = 260
"""Width of the plot, in px, for which the names are laid out: that of a phone."""

EVENT_ROWS, MARK_ROWS = 3, 2
"""The largest numbers of rows. Events for which there is no row share the last one."""

_RIM_PX, _DASH_PX = 2, 1
"""Width of a mark's rim and dashes: no more than a second takes in a chart of five minutes, so a
mark hides little. In one colour alone it could not be seen on every area."""

_LETTER_PX = 6.2
_SIGN_PX = 15
_LONGEST = 28
_SIGNS = {"mood rise": "▲", "mood fall": "▼", "laughter": "☺"}
_SHADE = "rgba(142,107,191,0.14)"
_BAR = "#D4C7E7"
_ON_BAR = "#1B1F24"


@dataclass
class Overlay:
    """What is drawn over a chart.

    Attributes:
        shapes, annotations: as the layout of a figure takes them.
        top: how much room they need above the plot, in px.
    """

    shapes: list[dict] = field(default_factory=list)
    annotations: list[dict] = field(default_factory=list)
    top: int = 8


def overlay(
    seconds: pd.Series,
    events: Sequence[Event] = (),
    marks: Sequence[Mark] = (),
    period: tuple[float, float] | None = None,
) -> Overlay:
    """Lay out the events and marks over a chart.

    Args:
        seconds: times of the chart's rows. An event that still lasts reaches to the last row.
        events: the events; only those within the time that is shown are drawn.
        marks: the marks; only those within the time that is shown are drawn.
        period: start and end of the time that is shown, in s; None takes that of the rows.
    """
    first, end = ends_of(seconds) if period is None else period
    last = float(seconds.iloc[-1]) if len(seconds) else end
    result = Overlay()
    lines = _Rows(first, end, MARK_ROWS)
    # Drawing thousands of marks would be slow and give one black area.
    apart, drawn = (end - first) / NARROW_PX, -math.inf
    shown = sorted((mark for mark in marks if first <= mark.t <= end), key=lambda mark: mark.t)
    for mark, after in zip(shown, [*(mark.t for mark in shown[1:]), math.inf], strict=False):
        row, text, anchor = lines.place(mark.t, mark.t, _cut(f"⚑ {mark.text}"), after)
        if text or mark.t - drawn >= apart:
            result.shapes.append(_line(mark.t, "#FFFFFF", _RIM_PX, "solid"))
            result.shapes.append(_line(mark.t, "#000000", _DASH_PX))
            drawn = mark.t
        if text:
            result.annotations.append(_text(mark.t, text, mark.text, row, anchor))
    spans = [(event, event.start, last if event.end is None else event.end) for event in events]
    spans = [span for span in spans if span[1] <= end and max(span[1:]) >= first]
    spans.sort(key=lambda span: span[1])
    bars = _Rows(first, end, EVENT_ROWS)
    starts = [*(start for _, start, _ in spans[1:]), math.inf]
    for (event, start, over), after in zip(spans, starts, strict=False):
        begin = max(start, first)
        row, text, anchor = bars.place(begin, min(over, end), _cut(_name(event)), after)
        row += lines.used
        result.shapes += _shade_and_bar(start, max(start, over), row)
        hover = f"{title_of(event.kind)}: {event.text}"
        name = _text(begin, text, hover, row, anchor)
        # The name may be longer than its bar, so it brings the bar's colour along.
        result.annotations.append(name | {"font": {**SMALL, "color": _ON_BAR}, "bgcolor": _BAR})
    result.top = 8 + ROW_PX * (lines.used + bars.used)
    return result


class _Rows:
    """Hands out places in rows. Ask for them in the order of time."""

    def __init__(self, first: float, end: float, most: int) -> None:
        self._first = first
        self._scale = NARROW_PX / ((end - first) or 1.0)
        self._bars = [-math.inf] * most
        self._texts = [-math.inf] * most
        self.used = 0
        """Number of rows that hold something."""

    def place(self, start: float, end: float, name: str, after: float) -> tuple[int, str, str]:
        """Find a place for a bar and its name.

        A name shrinks to its sign if it would leave no room for the sign of the next bar, which
        starts at `after`.

        Returns:
            The row, the text to write, and the side at which the text is anchored.
        """
        left, right, soon = ((t - self._first) * self._scale for t in (start, end, after))
        width = _LETTER_PX * len(name) + 4
        for text, wide in ((name, width), (name.split(" ")[0], _SIGN_PX)):
            # Near the right end a name would be cut off, so there it ends at its place.
            anchor = "left" if left + wide <= NARROW_PX else "right"
            begin = left if anchor == "left" else left - wide
            for row in range(len(self._bars)):
                if self._bars[row] > left or self._free_from(row) > begin:
                    continue
                others = (self._free_from(n) for n in range(len(self._bars)) if n != row)
                if text == name and min(max(right, begin + wide), *others) > soon:
                    continue
                self._take(row, right, begin + wide)
                return row, text, anchor
        row = min(range(len(self._bars)), key=self._bars.__getitem__)
        self._take(row, max(self._bars[row], right), self._texts[row])
        return row, "", "left"

    def _free_from(self, row: int) -> float:
        return max(self._bars[row], self._texts[row])

    def _take(self, row: int, bar: float, text: float) -> None:
        self._bars[row], self._texts[row] = bar, text
        self.used = max(self.used, row + 1)


def _name(event: Event) -> str:
    return f"{_SIGNS.get(event.kind, '⚠')} {title_of(event.kind)}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _shade_and_bar(start: float, end: float, row: int) -> list[dict]:
    times = {"type": "rect", "xref": "x", "yref": "paper", "x0": at(start), "x1": at(end)}
    inside = {"y0": 0, "y1": 1, "fillcolor": _SHADE, "line": {"width": 0}, "layer": "below"}
    above = {"y0": 3 + ROW_PX * row, "y1": ROW_PX * (row + 1), "fillcolor": _BAR}
    above |= {"ysizemode": "pixel", "yanchor": 1, "line": {"width": 1, "color": EVENT}}
    return [times | inside, times | above]


def _line(t: float, colour: str, width: float, dash: str = "dash") -> dict:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": at(t),
        "x1": at(t),
        "y0": 0,
        "y1": 1,
        "line": {"width": width, "color": colour, "dash": dash},
    }


def _text(t: float, text: str, hover: str, row: int, anchor: str) -> dict:
    """Returns a text above the plot; Plotly hides it while `t` is not shown."""
    return {
        "xref": "x",
        "yref": "paper",
        "x": at(t),
        "y": 1,
        "yshift": ROW_PX * row + 2,
        "xanchor": anchor,
        "yanchor": "bottom",
        "showarrow": False,
        "text": escape(text),
        "hovertext": escape(hover),
        "font": SMALL,
        "borderpad": 0,
    }
