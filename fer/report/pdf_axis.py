"""The axes of the charts in the PDF: positions of values, and ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from fer.report.pdf_ink import plain


@dataclass
class Axis:
    """One axis, which turns values into positions and knows its ticks."""

    low: float
    high: float
    ticks: list[tuple[float, str]]
    title: str
    categories: list[str] | None = None

    def place(self, values: Sequence | np.ndarray) -> np.ndarray:
        """Returns the positions of values: 0 is the low end of the axis, and 1 its high end."""
        if self.categories is not None:
            numbers = np.array([self.categories.index(str(value)) for value in values], float)
        else:
            numbers = numbers_of(values)
        return (numbers - self.low) / ((self.high - self.low) or 1.0)


def axis_of(
    layout: go.layout.XAxis | go.layout.YAxis, values: list, names: list[str] | None
) -> Axis:
    """Make an axis from the layout of a Plotly figure.

    Args:
        layout: the layout of the axis.
        values: the values of all traces along it. They set its ends if the layout does not.
        names: the names of the bars, if the axis has names instead of numbers.
    """
    title = plain(layout.title.text or "")
    if names is not None:
        if layout.autorange == "reversed":
            names = names[::-1]
        ends = (-0.5, len(names) - 0.5)
        ticks = [((at + 0.5) / len(names), name) for at, name in enumerate(names)]
        return Axis(*ends, [(at, plain(name)) for at, name in ticks], title, names)
    numbers = np.concatenate([numbers_of(v) for v in values if v is not None] or [np.zeros(0)])
    numbers = numbers[np.isfinite(numbers)]
    if layout.range is not None:
        low, high = numbers_of(layout.range)
    elif len(numbers):
        low, high = float(numbers.min()), float(numbers.max())
        if layout.rangemode == "tozero":
            low, high = min(0.0, low), max(0.0, high)
    else:
        low, high = 0.0, 1.0
    if low == high:
        high = low + 1.0
    axis = Axis(float(low), float(high), [], title)
    if layout.tickvals is not None:
        texts = layout.ticktext or [_tick(v, layout) for v in numbers_of(layout.tickvals)]
        marks = list(zip(numbers_of(layout.tickvals), texts, strict=True))
    else:
        # Labels that tell the day are so wide that eight of them would touch each other.
        most = 6 if "%-j" in (layout.tickformat or "") else 8
        step = _step(high - low, most, date=layout.type == "date")
        marks = [
            (mark, _tick(mark, layout))
            for mark in np.arange(math.ceil(low / step - 1e-9) * step, high + step / 1e6, step)
        ]
    axis.ticks = [
        (float(axis.place([mark])[0]), plain(str(text)))
        for mark, text in marks
        if low <= mark <= high
    ]
    return axis


def _step(span: float, most: int, date: bool) -> float:
    """Returns a round distance (of time for dates) that fits `most` times into the axis."""
    if date:
        rounds = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)
        return next(
            (step for step in rounds if span / step <= most),
            math.ceil(span / most / 86400) * 86400.0,
        )
    power = 10 ** math.floor(math.log10(span / 6))
    return next(factor * power for factor in (1, 2, 5, 10) if span / (factor * power) <= most)


def _tick(value: float, layout: go.layout.XAxis | go.layout.YAxis) -> str:
    if layout.type == "date":
        hours, rest = divmod(round(value), 3600)
        tail, form = f"{rest // 60:02d}:{rest % 60:02d}", layout.tickformat or ""
        if "%-j" in form:
            return f"day {1 + hours // 24}, {hours % 24:02d}:{tail}"
        return f"{hours}:{tail}" if "%H" in form else tail
    if (layout.tickformat or "").endswith("%"):
        return f"{value:.0%}"
    return f"{value:g}".replace("-", "−")


def numbers_of(values: Iterable) -> np.ndarray:
    """Returns values of an axis as float64; times become seconds."""
    array = np.asarray(values)
    if array.dtype.kind in "OUS":
        array = np.array([np.nan if value is None else value for value in array.tolist()])
    if array.dtype.kind in "US":
        array = array.astype("datetime64[ms]")
    if array.dtype.kind == "M":
        return array.astype("datetime64[ms]").astype(np.int64) / 1000.0
    return array.astype(float)
