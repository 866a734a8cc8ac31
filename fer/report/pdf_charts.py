"""A Plotly figure of `fer.charts.timeline` as a vector drawing, for the PDF.

The PDF shows the very figures of the page, so a chart is defined once. Only what
`fer.charts.timeline` uses is understood: scatter lines, stacked areas, bars, pies, and on top of
them spans, lines and texts. Anything else is refused, so that no chart goes missing without a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from reportlab.graphics.shapes import (
    Drawing,
    Group,
    Line,
    Polygon,
    PolyLine,
    Rect,
    String,
    Wedge,
)
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

_INK = HexColor("#1B1F24")
_FRAME = HexColor("#7F7F7F")
_GRID = HexColor("#DDDDDD")
_SIZE = 7.5
_DASHES = {
    "dot": [1, 2],
    "dash": [4, 2],
    "longdash": [7, 2],
    "dashdot": [4, 2, 1, 2],
    "longdashdot": [7, 2, 1, 2],
}


def draw(figure: go.Figure, width: float, height: float, font: str) -> Drawing:
    """The figure as a drawing.

    Args:
        figure: see the module.
        width, height: of the drawing in points.
        font: name of a font that ReportLab knows.

    Raises:
        ValueError: the figure holds a trace that cannot be drawn here.
    """
    for trace in figure.data:
        if trace.type not in ("scatter", "bar", "pie"):
            raise ValueError(f"cannot draw a trace of type {trace.type!r}")
    drawing = Drawing(width, height)
    pies = [trace for trace in figure.data if trace.type == "pie"]
    if pies:
        _draw_pie(drawing, pies[0], font)
        return drawing
    entries = _legend_entries(figure)
    foot = _draw_legend(drawing, entries, font)
    _Plot(figure, drawing, font, foot).draw()
    return drawing


@dataclass
class _Axis:
    """One axis: where a value lies between its ends, and the ticks to write."""

    low: float
    high: float
    ticks: list[tuple[float, str]]
    title: str
    categories: list[str] | None = None

    def place(self, values: Sequence | np.ndarray) -> np.ndarray:
        """Values as positions; 0 is the low end of the axis, 1 its high end."""
        if self.categories is not None:
            numbers = np.array([self.categories.index(str(value)) for value in values], float)
        else:
            numbers = _numbers(values)
        return (numbers - self.low) / ((self.high - self.low) or 1.0)


class _Plot:
    """A figure with two axes, drawn above `foot` points."""

    def __init__(self, figure: go.Figure, drawing: Drawing, font: str, foot: float) -> None:
        self.figure, self.drawing, self.font = figure, drawing, font
        layout = figure.layout
        bars = [trace for trace in figure.data if trace.type == "bar"]
        across = bool(bars) and bars[0].orientation == "h"
        bar_names = list(dict.fromkeys(str(v) for b in bars for v in (b.y if across else b.x)))
        x_values = [] if bars and not across else [trace.x for trace in figure.data]
        y_values = [] if across else [trace.y for trace in figure.data]
        self.x = _axis(layout.xaxis, x_values, bar_names if bars and not across else None)
        self.y = _axis(layout.yaxis, y_values, bar_names if across else None)
        self.across = across
        widest = max((stringWidth(text, font, _SIZE) for _, text in self.y.ticks), default=0)
        self.left = widest + 8 + (11 if self.y.title else 0)
        self.bottom = foot + 14 + (11 if self.x.title else 0)
        self.right = drawing.width - 6
        self.top = drawing.height - (13 if layout.annotations else 5)

    def draw(self) -> None:
        self._draw_axes()
        data = Group()
        for shape in self.figure.layout.shapes or ():
            if shape.layer == "below":
                self._draw_shape(data, shape)
        self._draw_scatter(data)
        self._draw_bars(data)
        for shape in self.figure.layout.shapes or ():
            if shape.layer != "below":
                self._draw_shape(data, shape)
        self.drawing.add(data)
        self._draw_texts()

    def _px(self, values: Sequence | np.ndarray) -> np.ndarray:
        return self.left + np.clip(self.x.place(values), 0, 1) * (self.right - self.left)

    def _py(self, values: Sequence | np.ndarray) -> np.ndarray:
        return self.bottom + np.clip(self.y.place(values), 0, 1) * (self.top - self.bottom)

    def _draw_axes(self) -> None:
        add = self.drawing.add
        for at, text in self.x.ticks:
            x = self.left + at * (self.right - self.left)
            add(Line(x, self.bottom, x, self.top, strokeColor=_GRID, strokeWidth=0.4))
            add(_string(x, self.bottom - 10, text, self.font, "middle"))
        for at, text in self.y.ticks:
            y = self.bottom + at * (self.top - self.bottom)
            add(Line(self.left, y, self.right, y, strokeColor=_GRID, strokeWidth=0.4))
            add(_string(self.left - 4, y - 2.6, text, self.font, "end"))
        add(_line([self.left, self.bottom, self.right, self.bottom], _FRAME, 0.6))
        add(_line([self.left, self.bottom, self.left, self.top], _FRAME, 0.6))
        middle = (self.left + self.right) / 2
        if self.x.title:
            add(_string(middle, self.bottom - 20, self.x.title, self.font, "middle"))
        if self.y.title:
            label = Group(_string(0, 0, self.y.title, self.font, "middle"))
            label.translate(8, (self.bottom + self.top) / 2)
            label.rotate(90)
            add(label)

    def _draw_scatter(self, data: Group) -> None:
        foot: np.ndarray | None = None
        for trace in self.figure.data:
            if trace.type != "scatter" or trace.x is None or not len(trace.x):
                continue
            x, y = _numbers(trace.x), _numbers(trace.y)
            if trace.stackgroup:
                base = np.zeros(len(y)) if foot is None else foot
                foot = base + np.nan_to_num(y)
                steps = trace.line.shape == "hv"
                for part in _runs(np.nan_to_num(y) > 0):
                    self._draw_area(data, x, base, foot, part, steps, _colour(trace.fillcolor))
                continue
            colour = _colour(trace.line.color or trace.marker.color)
            for part in _runs(~np.isnan(y)):
                xs, ys = _stepped(x[part], y[part], trace.line.shape == "hv")
                if trace.mode and "lines" in trace.mode and len(xs) > 1:
                    dash = _DASHES.get(trace.line.dash or "solid")
                    points = _points(self._px(xs), self._py(ys))
                    data.add(_line(points, colour, 0.6 * (trace.line.width or 2), dash))
                else:
                    for px, py in zip(self._px(xs), self._py(ys), strict=True):
                        data.add(Rect(px - 1, py - 1, 2, 2, fillColor=colour, strokeColor=None))

    def _draw_area(
        self,
        data: Group,
        x: np.ndarray,
        base: np.ndarray,
        top: np.ndarray,
        part: slice,
        steps: bool,
        colour: Color,
    ) -> None:
        # The last row of a run reaches to the next row, as a step does on the page.
        last = min(part.stop, len(x) - 1)
        xs = np.append(x[part], x[last])
        lows, highs = np.append(base[part], base[part][-1]), np.append(top[part], top[part][-1])
        x_low, lows = _stepped(xs, lows, steps)
        x_high, highs = _stepped(xs, highs, steps)
        outline = _points(self._px(x_high), self._py(highs)) + _points(
            self._px(x_low)[::-1], self._py(lows)[::-1]
        )
        data.add(Polygon(outline, fillColor=colour, strokeColor=None))

    def _draw_bars(self, data: Group) -> None:
        bars = [trace for trace in self.figure.data if trace.type == "bar"]
        if not bars:
            return
        gap = self.figure.layout.bargap
        names = self.y.categories if self.across else self.x.categories
        length = (self.top - self.bottom) if self.across else (self.right - self.left)
        slot = length / max(1, len(names or ()))
        thick = slot * (1 - (0.25 if gap is None else gap)) / len(bars)
        for number, trace in enumerate(bars):
            keys, values = (trace.y, trace.x) if self.across else (trace.x, trace.y)
            colours = trace.marker.color
            texts = trace.text if isinstance(trace.text, (list, tuple, np.ndarray)) else None
            for row, (key, value) in enumerate(zip(keys, values, strict=True)):
                colour = _colour(colours if isinstance(colours, str) else colours[row])
                shift = (number - len(bars) / 2) * thick
                text = "" if texts is None else str(texts[row])
                self._draw_bar(data, key, float(value), shift, thick, colour, text)

    def _draw_bar(
        self,
        data: Group,
        key: str,
        value: float,
        shift: float,
        thick: float,
        colour: Color,
        text: str,
    ) -> None:
        if math.isnan(value):
            return
        style = {"fillColor": colour, "strokeColor": _FRAME, "strokeWidth": 0.3}
        if self.across:
            zero, end = self._px([0.0, value])
            middle = float(self._py([key])[0]) + shift
            data.add(Rect(min(zero, end), middle, abs(end - zero), thick, **style))
            data.add(_string(max(zero, end) + 3, middle + thick / 2 - 2.6, text, self.font))
        else:
            zero, end = self._py([0.0, value])
            middle = float(self._px([key])[0]) + shift
            data.add(Rect(middle, min(zero, end), thick, abs(end - zero), **style))
            label = _string(middle + thick / 2, max(zero, end) + 2, text, self.font, "middle")
            data.add(label)

    def _draw_shape(self, data: Group, shape: go.layout.Shape) -> None:
        x0, x1 = self._px([shape.x0, shape.x1])
        if shape.type == "line":
            dash = _DASHES.get(shape.line.dash or "solid")
            data.add(_line([x0, self.bottom, x1, self.top], _colour(shape.line.color), 0.7, dash))
        else:
            colour = _colour(shape.fillcolor)
            height = self.top - self.bottom
            data.add(
                Rect(x0, self.bottom, max(0.5, x1 - x0), height, fillColor=colour, strokeColor=None)
            )

    def _draw_texts(self) -> None:
        """Texts above the plot; one that would run into the one before is left out."""
        free = 0.0
        for text in self.figure.layout.annotations or ():
            words = _plain(text.text)
            x = float(self._px([text.x])[0])
            x = min(x, self.right - stringWidth(words, self.font, _SIZE - 1))
            if x >= free:
                self.drawing.add(_string(x, self.top + 3, words, self.font, size=_SIZE - 1))
                free = x + stringWidth(words, self.font, _SIZE - 1) + 4


def _axis(
    layout: go.layout.XAxis | go.layout.YAxis, values: list, names: list[str] | None
) -> _Axis:
    title = _plain(layout.title.text or "")
    if names is not None:
        if layout.autorange == "reversed":
            names = names[::-1]
        ends = (-0.5, len(names) - 0.5)
        ticks = [((at + 0.5) / len(names), name) for at, name in enumerate(names)]
        return _Axis(*ends, [(at, _plain(name)) for at, name in ticks], title, names)
    numbers = np.concatenate([_numbers(v) for v in values if v is not None] or [np.zeros(0)])
    numbers = numbers[np.isfinite(numbers)]
    if layout.range is not None:
        low, high = _numbers(layout.range)
    elif len(numbers):
        low, high = float(numbers.min()), float(numbers.max())
        if layout.rangemode == "tozero":
            low, high = min(0.0, low), max(0.0, high)
    else:
        low, high = 0.0, 1.0
    if low == high:
        high = low + 1.0
    axis = _Axis(float(low), float(high), [], title)
    if layout.tickvals is not None:
        texts = layout.ticktext or [_tick(v, layout) for v in _numbers(layout.tickvals)]
        marks = list(zip(_numbers(layout.tickvals), texts, strict=True))
    else:
        step = _step(high - low, date=layout.type == "date")
        marks = [
            (mark, _tick(mark, layout))
            for mark in np.arange(math.ceil(low / step - 1e-9) * step, high + step / 1e6, step)
        ]
    axis.ticks = [
        (float(axis.place([mark])[0]), _plain(str(text)))
        for mark, text in marks
        if low <= mark <= high
    ]
    return axis


def _step(span: float, date: bool) -> float:
    """Distance of ticks that makes about six of them, in round numbers (of time for dates)."""
    if date:
        rounds = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
        return next((step for step in rounds if span / step <= 8), 14400.0)
    power = 10 ** math.floor(math.log10(span / 6))
    return next(factor * power for factor in (1, 2, 5, 10) if span / (factor * power) <= 8)


def _tick(value: float, layout: go.layout.XAxis | go.layout.YAxis) -> str:
    if layout.type == "date":
        seconds = round(value)
        hours, rest = divmod(seconds, 3600)
        tail = f"{rest // 60:02d}:{rest % 60:02d}"
        return f"{hours}:{tail}" if "%H" in (layout.tickformat or "") else tail
    if (layout.tickformat or "").endswith("%"):
        return f"{value:.0%}"
    return f"{value:g}".replace("-", "−")


def _numbers(values: Iterable) -> np.ndarray:
    """Values of an axis as float64; times become seconds."""
    array = np.asarray(values)
    if array.dtype.kind in "OUS":
        array = np.array([np.nan if value is None else value for value in array.tolist()])
    if array.dtype.kind in "US":
        array = array.astype("datetime64[ms]")
    if array.dtype.kind == "M":
        return array.astype("datetime64[ms]").astype(np.int64) / 1000.0
    return array.astype(float)


def _runs(wanted: np.ndarray) -> Iterator[slice]:
    """Stretches of neighbouring True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(int)))
    yield from (slice(start, stop) for start, stop in pairwise(edges) if wanted[start])


def _stepped(x: np.ndarray, y: np.ndarray, steps: bool) -> tuple[np.ndarray, np.ndarray]:
    """Points of a line; with `steps`, each value holds until the next."""
    return (np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]) if steps else (x, y)


def _points(x: np.ndarray, y: np.ndarray) -> list[float]:
    # Hundredths of a point are finer than any printer, and a third of the bytes.
    return np.stack([x, y], axis=1).round(2).ravel().tolist()


def _line(
    points: list[float], colour: Color, width: float, dash: list[int] | None = None
) -> PolyLine:
    return PolyLine(points, strokeColor=colour, strokeWidth=width, strokeDashArray=dash)


def _string(
    x: float, y: float, text: str, font: str, anchor: str = "start", size: float = _SIZE
) -> String:
    return String(x, y, text, fontName=font, fontSize=size, fillColor=_INK, textAnchor=anchor)


def _plain(text: str) -> str:
    """Plotly's text without its HTML."""
    return unescape(re.sub(r"<[^>]*>", " ", text)).strip()


def _colour(text: str | None) -> Color:
    if text is None:
        return _FRAME
    if text.startswith("rgb"):
        red, green, blue, *alpha = (float(part) for part in re.findall(r"[\d.]+", text))
        return Color(red / 255, green / 255, blue / 255, alpha[0] if alpha else 1)
    return HexColor(text)


def _legend_entries(figure: go.Figure) -> list[tuple[str, Color, list[int] | None, bool]]:
    """Name, colour, dashes and whether it is an area, for every trace that has a legend."""
    if figure.layout.showlegend is False or len(figure.data) < 2:
        return []
    entries = []
    for trace in figure.data:
        if trace.name and trace.showlegend is not False:
            area = trace.type == "bar" or bool(trace.stackgroup)
            ink = trace.marker.color if trace.type == "bar" else trace.line.color
            dash = None if area else _DASHES.get(trace.line.dash or "solid")
            entries.append((_plain(trace.name), _colour(ink), dash, area))
    return entries


def _draw_legend(drawing: Drawing, entries: list, font: str) -> float:
    """Draws the legend at the foot and returns its height in points."""
    rows: list[list[tuple]] = [[]]
    x = 34.0
    for entry in entries:
        width = 18 + stringWidth(entry[0], font, _SIZE) + 10
        if x + width > drawing.width and rows[-1]:
            rows.append([])
            x = 34.0
        rows[-1].append((x, *entry))
        x += width
    for number, row in enumerate(reversed(rows)):
        y = 2 + 11 * number
        for x, name, colour, dash, area in row:
            if area:
                swatch = Rect(x, y, 12, 6, fillColor=colour, strokeColor=_FRAME, strokeWidth=0.3)
                drawing.add(swatch)
            else:
                drawing.add(_line([x, y + 3, x + 14, y + 3], colour, 1.2, dash))
            drawing.add(_string(x + 17, y, name, font))
    return 11.0 * len(rows) + 3 if entries else 0.0


def _draw_pie(drawing: Drawing, trace: go.Pie, font: str) -> None:
    values = np.nan_to_num(np.asarray(trace.values, dtype=float))
    total = float(values.sum())
    radius = drawing.height / 2 - 14
    x, y = drawing.width / 2, drawing.height / 2
    angle = 90.0
    names: list[tuple[float, float, str]] = []
    for label, value, colour in zip(trace.labels, values, trace.marker.colors, strict=True):
        if value <= 0:
            continue
        # Plotly's own order: clockwise from the top.
        sweep = 360.0 * value / total
        drawing.add(
            Wedge(
                x,
                y,
                radius,
                angle - sweep,
                angle,
                radius1=radius * (trace.hole or 0),
                fillColor=_colour(colour),
                strokeColor=HexColor("#FFFFFF"),
                strokeWidth=0.6,
            )
        )
        if value / total >= 0.02:
            middle = math.radians(angle - sweep / 2)
            names.append((math.cos(middle), math.sin(middle), f"{label} {value / total:.0%}"))
        angle -= sweep
    for right in (True, False):
        # From the top down, each name at least a line below the one before.
        side = sorted((n for n in names if (n[0] > 0) == right), key=lambda n: -n[1])
        free = math.inf
        for _, up, text in side:
            height = min((radius + 6) * up, free)
            free = height - _SIZE - 1
            across = math.sqrt(max(0.0, (radius + 6) ** 2 - height**2))
            at_x, anchor = (x + across, "start") if right else (x - across, "end")
            drawing.add(_string(at_x, y + height - 2.5, text, font, anchor))
