"""A Plotly figure of `fer.charts` as a vector drawing for the PDF.

The PDF shows the figures of the page, so each chart is defined once. Only what `fer.charts` uses
can be drawn: scatter lines, areas, bars, pies, and over them spans, lines and texts.
Anything else is an error, so that no chart goes missing unnoticed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from reportlab.graphics.shapes import (
    Drawing,
    Group,
    Line,
    Polygon,
    Rect,
)
from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth

from fer.charts.marks import ROW_PX
from fer.report.pdf_axis import axis_of, numbers_of
from fer.report.pdf_ink import (
    DASHES,
    FRAME,
    GRID,
    SIZE,
    colour_of,
    corners,
    hatch,
    line,
    plain,
    string,
)
from fer.report.pdf_pie import draw_legend, draw_pie, legend_entries

_ROW = 10.0
"""Height of a row above the plot, in points."""


def vector_drawing(figure: go.Figure, width: float, height: float, font: str) -> Drawing:
    """Returns a figure as a drawing.

    Args:
        figure: a figure of `fer.charts`.
        width, height: size of the drawing in points.
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
        draw_pie(drawing, pies[0], font)
        return drawing
    entries = legend_entries(figure)
    foot = draw_legend(drawing, entries, font)
    _Plot(figure, drawing, font, foot).draw()
    return drawing


class _Plot:
    """A figure with two axes. The lowest `foot` points of the drawing belong to the legend."""

    def __init__(self, figure: go.Figure, drawing: Drawing, font: str, foot: float) -> None:
        self.figure, self.drawing, self.font = figure, drawing, font
        layout = figure.layout
        bars = [trace for trace in figure.data if trace.type == "bar"]
        across = bool(bars) and bars[0].orientation == "h"
        bar_names = list(dict.fromkeys(str(v) for b in bars for v in (b.y if across else b.x)))
        x_values = [] if bars and not across else [trace.x for trace in figure.data]
        y_values = [] if across else [trace.y for trace in figure.data]
        self.x = axis_of(layout.xaxis, x_values, bar_names if bars and not across else None)
        self.y = axis_of(layout.yaxis, y_values, bar_names if across else None)
        self.across = across
        widest = max((stringWidth(text, font, SIZE) for _, text in self.y.ticks), default=0)
        self.left = widest + 8 + (11 if self.y.title else 0)
        self.bottom = foot + 14 + (11 if self.x.title else 0)
        self.right = drawing.width - 6
        rows = [int((text.yshift or 0) // ROW_PX) for text in layout.annotations or ()]
        self.top = drawing.height - 5 - _ROW * (1 + max(rows, default=-1))

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
            add(Line(x, self.bottom, x, self.top, strokeColor=GRID, strokeWidth=0.4))
            add(string(x, self.bottom - 10, text, self.font, "middle"))
        for at, text in self.y.ticks:
            y = self.bottom + at * (self.top - self.bottom)
            add(Line(self.left, y, self.right, y, strokeColor=GRID, strokeWidth=0.4))
            add(string(self.left - 4, y - 2.6, text, self.font, "end"))
        add(line([self.left, self.bottom, self.right, self.bottom], FRAME, 0.6))
        add(line([self.left, self.bottom, self.left, self.top], FRAME, 0.6))
        middle = (self.left + self.right) / 2
        if self.x.title:
            add(string(middle, self.bottom - 20, self.x.title, self.font, "middle"))
        if self.y.title:
            label = Group(string(0, 0, self.y.title, self.font, "middle"))
            label.translate(8, (self.bottom + self.top) / 2)
            label.rotate(90)
            add(label)

    def _draw_scatter(self, data: Group) -> None:
        foot: np.ndarray | None = None
        for trace in self.figure.data:
            hidden = trace.visible == "legendonly"  # nobody can click in a PDF
            if trace.type != "scatter" or trace.x is None or not len(trace.x) or hidden:
                continue
            x, y = numbers_of(trace.x), numbers_of(trace.y)
            if trace.stackgroup:
                base = np.zeros(len(y)) if foot is None else foot
                foot = base + np.nan_to_num(y)
                steps = trace.line.shape == "hv"
                for part in _runs(np.nan_to_num(y) > 0):
                    outline = self._outline(x, base, foot, part, steps)
                    colour = colour_of(trace.fillcolor)
                    data.add(Polygon(outline, fillColor=colour, strokeColor=None))
                    data.add(hatch(outline, trace.fillpattern.shape or ""))
                continue
            if trace.fill == "toself":
                for part in _runs(~np.isnan(y)):
                    outline = _points(self._px(x[part]), self._py(y[part]))
                    colour = colour_of(trace.fillcolor)
                    data.add(Polygon(outline, fillColor=colour, strokeColor=None))
                continue
            colour = colour_of(trace.line.color or trace.marker.color)
            for part in _runs(~np.isnan(y)):
                xs, ys = _stepped(x[part], y[part], trace.line.shape == "hv")
                if trace.mode and "lines" in trace.mode and len(xs) > 1:
                    dash = DASHES.get(trace.line.dash or "solid")
                    points = _points(self._px(xs), self._py(ys))
                    data.add(line(points, colour, 0.6 * (trace.line.width or 2), dash))
                else:
                    for px, py in zip(self._px(xs), self._py(ys), strict=True):
                        data.add(Rect(px - 1, py - 1, 2, 2, fillColor=colour, strokeColor=None))

    def _outline(
        self, x: np.ndarray, base: np.ndarray, top: np.ndarray, part: slice, steps: bool
    ) -> list[float]:
        # The last row of a run reaches to the next row, as steps on the page do.
        last = min(part.stop, len(x) - 1)
        xs = np.append(x[part], x[last])
        lows, highs = np.append(base[part], base[part][-1]), np.append(top[part], top[part][-1])
        x_low, lows = _stepped(xs, lows, steps)
        x_high, highs = _stepped(xs, highs, steps)
        return _points(self._px(x_high), self._py(highs)) + _points(
            self._px(x_low)[::-1], self._py(lows)[::-1]
        )

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
                colour = colour_of(colours if isinstance(colours, str) else colours[row])
                shapes = trace.marker.pattern.shape or ""
                shape = shapes if isinstance(shapes, str) else shapes[row]
                shift = (number - len(bars) / 2) * thick
                text = "" if texts is None else str(texts[row])
                self._draw_bar(data, key, float(value), shift, thick, colour, shape, text)

    def _draw_bar(
        self,
        data: Group,
        key: str,
        value: float,
        shift: float,
        thick: float,
        colour: Color,
        shape: str,
        text: str,
    ) -> None:
        if math.isnan(value):
            return
        style = {"fillColor": colour, "strokeColor": FRAME, "strokeWidth": 0.3}
        if self.across:
            zero, end = self._px([0.0, value])
            middle = float(self._py([key])[0]) + shift
            box = (min(zero, end), middle, abs(end - zero), thick)
            label = string(max(zero, end) + 3, middle + thick / 2 - 2.6, text, self.font)
        else:
            zero, end = self._py([0.0, value])
            middle = float(self._px([key])[0]) + shift
            box = (middle, min(zero, end), thick, abs(end - zero))
            label = string(middle + thick / 2, max(zero, end) + 2, text, self.font, "middle")
        data.add(Rect(*box, **style))
        data.add(hatch(corners(*box), shape))
        data.add(label)

    def _draw_shape(self, data: Group, shape: go.layout.Shape) -> None:
        x0, x1 = self._px([shape.x0, shape.x1])
        if shape.type == "line":
            dash = DASHES.get(shape.line.dash or "solid")
            points = [x0, self.bottom, x1, self.top]
            data.add(line(points, colour_of(shape.line.color), 0.6 * shape.line.width, dash))
            return
        low, high, ink = self.bottom, self.top, None
        if shape.ysizemode == "pixel":  # a bar in a row above the plot
            low = self.top + 1.5 + _ROW * (shape.y0 // ROW_PX)
            high, ink = low + _ROW - 1.5, colour_of(shape.line.color)
        colour = colour_of(shape.fillcolor)
        style = {"fillColor": colour, "strokeColor": ink, "strokeWidth": 0.4}
        data.add(Rect(x0, low, max(0.5, x1 - x0), high - low, **style))

    def _draw_texts(self) -> None:
        """Write names in the rows above the plot, at the places that `fer.charts.marks` chose."""
        size = SIZE - 1
        for text in self.figure.layout.annotations or ():
            words = plain(text.text)
            width = stringWidth(words, self.font, size)
            x = float(self._px([text.x])[0])
            x = x - width - 1 if text.xanchor == "right" else min(x + 1, self.right - width)
            y = self.top + 3.5 + _ROW * ((text.yshift or 0) // ROW_PX)
            self.drawing.add(string(x, y, words, self.font, size=size))


def _runs(flags: np.ndarray) -> Iterator[slice]:
    """Yields each stretch of neighbouring True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from (slice(start, stop) for start, stop in pairwise(edges) if flags[start])


def _stepped(x: np.ndarray, y: np.ndarray, steps: bool) -> tuple[np.ndarray, np.ndarray]:
    """Returns the points of a line; with `steps` each value holds until the next one."""
    return (np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]) if steps else (x, y)


def _points(x: np.ndarray, y: np.ndarray) -> list[float]:
    # Hundredths of a point are finer than any printer, and take a third of the bytes.
    return np.stack([x, y], axis=1).round(2).ravel().tolist()
