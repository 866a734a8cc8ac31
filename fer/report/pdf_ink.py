"""Lines, texts, colours and hatching of the charts in the PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from reportlab.graphics.shapes import Group, Path, PolyLine, String
from reportlab.lib.colors import Color, HexColor

INK = HexColor("#1B1F24")
FRAME = HexColor("#7F7F7F")
GRID = HexColor("#DDDDDD")
SIZE = 7.5
DASHES = {
    "dot": [1, 2],
    "dash": [4, 2],
    "longdash": [7, 2],
    "dashdot": [4, 2, 1, 2],
    "longdashdot": [7, 2, 1, 2],
}


def line(
    points: list[float], colour: Color, width: float, dash: Sequence[float] | None = None
) -> PolyLine:
    return PolyLine(points, strokeColor=colour, strokeWidth=width, strokeDashArray=dash)


def string(
    x: float, y: float, text: str, font: str, anchor: str = "start", size: float = SIZE
) -> String:
    return String(x, y, text, fontName=font, fontSize=size, fillColor=INK, textAnchor=anchor)


def plain(text: str) -> str:
    """Returns a text of Plotly without its HTML."""
    return unescape(re.sub(r"<[^>]*>", " ", text)).strip()


def colour_of(text: str | None) -> Color:
    if text is None:
        return FRAME
    if text.startswith("rgb"):
        red, green, blue, *alpha = (float(part) for part in re.findall(r"[\d.]+", text))
        return Color(red / 255, green / 255, blue / 255, alpha[0] if alpha else 1)
    return HexColor(text)


_HATCH_STEP = 4.0
"""Distance between two lines of a hatching, in points."""

_WHITE = Color(1, 1, 1, 0.6)


def corners(x: float, y: float, width: float, height: float) -> list[float]:
    """Returns the outline of a rectangle, as `hatch` takes it."""
    return [x, y, x + width, y, x + width, y + height, x, y + height]


def hatch(points: Sequence[float], shape: str) -> Group:
    """Returns the hatching of an area, cut to its outline.

    Args:
        points: x and y of each corner of the outline, one after the other, in points.
        shape: as `fer.charts.style.HATCH` has it: "/", "\\\\", "x", "-", "|", ".", or "" for none.
    """
    group = Group()
    if not shape:
        return group
    xs, ys = points[0::2], points[1::2]
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    outline = Path(isClipPath=1, fillColor=None, strokeColor=None)
    outline.moveTo(xs[0], ys[0])
    for x, y in zip(xs[1:], ys[1:], strict=True):
        outline.lineTo(x, y)
    outline.closePath()
    group.add(outline)
    # Lines stand on multiples of the step, so that they go on in neighbouring areas.
    if shape in "-.":
        for y in _steps(low, high):
            dots = shape == "."
            dash, width = ([0.01, _HATCH_STEP], 1.3) if dots else (None, 0.7)
            rule = line([left, y, right, y], _WHITE, width, dash)
            rule.strokeLineCap = int(dots)
            group.add(rule)
    if shape == "|":
        for x in _steps(left, right):
            group.add(line([x, low, x, high], _WHITE, 0.7))
    height = high - low
    if shape in "/x":
        for x in _steps(left - height, right):
            group.add(line([x, low, x + height, high], _WHITE, 0.7))
    if shape in "\\x":
        for x in _steps(left, right + height):
            group.add(line([x, low, x - height, high], _WHITE, 0.7))
    return group


def _steps(low: float, high: float) -> list[float]:
    first, last = int(low // _HATCH_STEP), int(high // _HATCH_STEP) + 1
    return [_HATCH_STEP * number for number in range(first, last + 1)]
