"""The look of every chart: colours, hatching, layout and the time axis.

Figures are transparent, so that they suit light and dark pages. They say nothing by colour alone,
but also by hatching, dashes or words. The colours of the emotions are `fer.emotions.COLOURS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType

from fer.emotions import CONTEMPT

STACK: tuple[str, ...] = (
    "happy",
    "surprise",
    "neutral",
    "sad",
    "fear",
    "disgust",
    CONTEMPT,
    "angry",
)
"""The order in a stack, from the bottom. Pleasant emotions stand at the bottom and unpleasant ones
at the top, so that both have a straight edge from which they can be read. `stack_of` leaves out
what a network does not know."""

# The hatching of the areas, so that neighbours and the four groups differ even without colours.
# Neutral faces alone have none. Contempt, which few models know, shares the lines of happy, which
# stands at the other end of the stack.
HATCH: dict[str, str] = {
    "happy": "|",
    "surprise": ".",
    "neutral": "",
    "sad": "-",
    "fear": "\\",
    "disgust": "x",
    CONTEMPT: "|",
    "angry": "/",
}

HATCHING = {"fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.55, "size": 6}
ON_HATCHING = {
    "color": "#1B1F24",
    "size": 13,
    "weight": 600,
    "shadow": ", ".join(["0 0 3px white"] * 4),
}
"""Letters on hatching: dark with a light edge, or its lines would run through them."""

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.25)"
LINE = "#7F7F7F"
EVENT = "#8E6BBF"
"""The colour of events. No emotion has it, and it can be seen on light and dark."""

SMALL = {"size": 11}

_LEGEND_ROW, _LEGEND_EDGE = 21, 16
"""Height in px of a row of a legend with `SMALL` letters, and of what is around all rows."""

TITLED_AXIS = 62
"""Height in px of an axis below a chart, with its title."""

_SHORT = 46
"""Letters of a name that fit into the width of a phone."""

# How times are written on an axis that ends after so many seconds, and how its title calls that. To
# Plotly they are moments since 1970, whose hours begin again each day.
_CLOCKS = (
    (86_400, "day %-j, %H:%M:%S", "day, h:min:s"),
    (3_600, "%H:%M:%S", "h:min:s"),
    (-np.inf, "%M:%S", "min:s"),
)

# Lines differ in their dashes as well as in their colours.
LINE_STYLES = (
    ("#E69F00", "solid"),
    ("#0072B2", "dash"),
    ("#009E73", "dot"),
    ("#CC79A7", "dashdot"),
    ("#D55E00", "longdash"),
)


def stack_of(classes: Iterable[str]) -> list[str]:
    """Returns those of some classes that are emotions, in the order of `STACK`."""
    there = set(classes)
    return [name for name in STACK if name in there]


def figure_of(
    traces: Sequence[BaseTraceType],
    height: int,
    *,
    left: int,
    top: int = 8,
    right: int = 8,
    bottom: int = 40,
    **layout: Any,
) -> go.Figure:
    """Returns a figure of these traces: transparent, with height and margins in px.

    Charts of a live page are drawn again each second, so all is said at once: `add_trace` and
    `update_layout` take several times as long, because both go through all that is there already.

    Args:
        traces: what the figure shows.
        height: of the figure, in px.
        left, top, right, bottom: the margins, in px.
        layout: all else that Plotly's layout takes.
    """
    return go.Figure(
        traces,
        {
            "height": height,
            "margin": {"l": left, "r": right, "t": top, "b": bottom},
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            # Keeps zoom and hidden traces when the data change under the reader's hand.
            "uirevision": "keep",
            "hoverlabel": {"font": SMALL},
            **layout,
        },
    )


def times_of(seconds: Iterable[float]) -> np.ndarray:
    """Returns times in s as datetime64[ms] since 1970, which Plotly can write as h:min:s."""
    return (np.asarray(list(seconds), dtype=float) * 1000).round().astype("datetime64[ms]")


def time_axis(seconds: pd.Series) -> dict:
    """Returns the horizontal axis of a chart over time, for rows at these times in s."""
    first, end = ends_of(seconds)
    form, words = next(how for least, *how in _CLOCKS if end >= least)
    return {
        # Only the rows set the axis; earlier marks and events do not. A range that is set again and
        # again would undo the reader's zoom, but bounds of the automatic range do not. They are
        # numbers in ms, because Plotly does not read times there. Without rows the range is not
        # automatic, because Plotly would show a moment in the year 2000.
        "range": [at(first), at(end)],
        "autorange": bool(len(seconds)),
        "autorangeoptions": {"minallowed": first * 1000, "maxallowed": end * 1000},
        "type": "date",
        "tickformat": form,
        "hoverformat": form if "%H" in form else "%H:%M:%S",
        "title": {"text": f"time since the start ({words})", "font": SMALL},
        "gridcolor": GRID,
        "nticks": 8,
        # Room for the lowest label of the vertical axis, which reaches below that axis.
        "ticklabelstandoff": 5,
    }


def line_of(values: Iterable[float]) -> dict:
    """Returns the arguments of a trace that draws a line through values in which NaN is a gap.

    A value between two gaps has no line and is drawn as a point.
    """
    heights = np.asarray(list(values), dtype=np.float32)
    there = np.pad(np.isfinite(heights), 1)
    alone = there[1:-1] & ~there[:-2] & ~there[2:]
    how = {"y": heights, "mode": "lines", "connectgaps": False}
    if not alone.any():
        return how
    return how | {"mode": "lines+markers", "marker": {"size": np.where(alone, 5, 0), "opacity": 1}}


def ends_of(seconds: pd.Series) -> tuple[float, float]:
    """Returns both ends of a time axis, in s.

    It is at least eight seconds long, because on a shorter one all ticks would say the same.
    """
    first, last = (float(seconds.iloc[i]) if len(seconds) else 0.0 for i in (0, -1))
    return first, max(last, first + 8)


def at(seconds: float) -> str:
    """Returns a time in s as Plotly takes it on a time axis."""
    return str(times_of([seconds])[0])


def legend_height(rows: int) -> int:
    """Returns the height in px of a legend with so many rows.

    A figure needs so much room above it. With less, Plotly takes it from the chart itself.
    """
    return _LEGEND_EDGE + _LEGEND_ROW * rows


def shortened(name: str) -> str:
    """Returns a name so short that it fits into one line on a phone."""
    return name if len(name) <= _SHORT else f"{name[: _SHORT - 1]}…"


def escape(text: str) -> str:
    """Escapes a text, because Plotly reads some HTML, including links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
