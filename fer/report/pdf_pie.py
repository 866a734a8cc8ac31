"""The ring and the legend of the charts in the PDF."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
from reportlab.graphics.shapes import Drawing, Polygon, Rect
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from fer.report.pdf_ink import DASHES, FRAME, SIZE, colour_of, corners, hatch, line, plain, string

_WHITE = HexColor("#FFFFFF")


def legend_entries(figure: go.Figure) -> list[tuple[str, Color, list[int] | None, bool, str]]:
    """Returns for each trace of a legend: name, colour, dashes, whether it is an area, hatching."""
    if figure.layout.showlegend is False or len(figure.data) < 2:
        return []
    entries = []
    for trace in figure.data:
        if trace.name and trace.showlegend is not False and trace.visible != "legendonly":
            area = trace.type == "bar" or bool(trace.stackgroup)
            ink = trace.marker.color if trace.type == "bar" else trace.line.color
            dash = None if area else DASHES.get(trace.line.dash or "solid")
            pattern = trace.fillpattern if trace.type == "scatter" else trace.marker.pattern
            entries.append((plain(trace.name), colour_of(ink), dash, area, pattern.shape or ""))
    return entries


def draw_legend(drawing: Drawing, entries: list, font: str) -> float:
    """Draw the legend at the foot of the drawing; returns its height in points."""
    rows: list[list[tuple]] = [[]]
    x = 34.0
    for entry in entries:
        width = 18 + stringWidth(entry[0], font, SIZE) + 10
        if x + width > drawing.width and rows[-1]:
            rows.append([])
            x = 34.0
        rows[-1].append((x, *entry))
        x += width
    for number, row in enumerate(reversed(rows)):
        y = 2 + 11 * number
        for x, name, colour, dash, area, shape in row:
            if area:
                swatch = Rect(x, y, 12, 6, fillColor=colour, strokeColor=FRAME, strokeWidth=0.3)
                drawing.add(swatch)
                drawing.add(hatch(corners(x, y, 12, 6), shape))
            else:
                drawing.add(line([x, y + 3, x + 14, y + 3], colour, 1.2, dash))
            drawing.add(string(x + 17, y, name, font))
    return 11.0 * len(rows) + 3 if entries else 0.0


def draw_pie(drawing: Drawing, trace: go.Pie, font: str) -> None:
    """Draw a ring in the middle of the drawing, with the names of its parts around it."""
    values = np.nan_to_num(np.asarray(trace.values, dtype=float))
    total = float(values.sum())
    radius = drawing.height / 2 - 14
    x, y = drawing.width / 2, drawing.height / 2
    angle = 90.0
    names: list[tuple[float, float, str]] = []
    shapes = trace.marker.pattern.shape or [""] * len(values)
    for label, value, colour, shape in zip(
        trace.labels, values, trace.marker.colors, shapes, strict=True
    ):
        if value <= 0:
            continue
        # Plotly draws clockwise from the top, too.
        sweep = 360.0 * value / total
        ring = _sector(x, y, radius, radius * (trace.hole or 0), angle - sweep, angle)
        style = {"fillColor": colour_of(colour), "strokeColor": _WHITE, "strokeWidth": 0.6}
        drawing.add(Polygon(ring, **style))
        drawing.add(hatch(ring, shape))
        if value / total >= 0.02:
            middle = math.radians(angle - sweep / 2)
            names.append((math.cos(middle), math.sin(middle), f"{label} {value / total:.0%}"))
        angle -= sweep
    for right in (True, False):
        # From the top down, each name stands at least one line below the one before.
        side = sorted((n for n in names if (n[0] > 0) == right), key=lambda n: -n[1])
        free = math.inf
        for _, up, text in side:
            height = min((radius + 6) * up, free)
            free = height - SIZE - 1
            across = math.sqrt(max(0.0, (radius + 6) ** 2 - height**2))
            at_x, anchor = (x + across, "start") if right else (x - across, "end")
            drawing.add(string(at_x, y + height - 2.5, text, font, anchor))


def _sector(
    x: float, y: float, outer: float, inner: float, start: float, end: float
) -> list[float]:
    """Returns the outline of a part of a ring between two angles in degrees."""
    angles = np.radians(np.linspace(start, end, max(2, int((end - start) / 3))))
    rim = np.stack([x + outer * np.cos(angles), y + outer * np.sin(angles)], axis=1)
    hole = np.stack([x + inner * np.cos(angles), y + inner * np.sin(angles)], axis=1)[::-1]
    return np.concatenate([rim, hole]).round(2).ravel().tolist()
