"""How every chart looks: colours, hatching, layout, the axis of time.

Figures are transparent, so that they suit light and dark pages, and say nothing by colour alone:
hatching, dashes or words say it too. The colours of the emotions are `fer.emotions.COLOURS`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

STACK: tuple[str, ...] = (
    "happy",
    "surprise",
    "neutral",
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
    "sad": "-",
    "fear": "\\",
    "disgust": "x",
    "angry": "/",
}

HATCHING = {"fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.55, "size": 6}
CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.25)"
LINE = "#7F7F7F"
EVENT = "#8E6BBF"
"""Of events. It is no emotion's colour, and can be seen on light and dark."""

SMALL = {"size": 11}

# Cues differ in their dashes as well as in their colours.
LINE_STYLES = (
    ("#E69F00", "solid"),
    ("#0072B2", "dash"),
    ("#009E73", "dot"),
    ("#CC79A7", "dashdot"),
    ("#D55E00", "longdash"),
)


def layout(height: int, *, left: int, top: int = 8) -> go.Layout:
    """The layout of every figure: transparent, with margins in px."""
    return go.Layout(
        height=height,
        margin={"l": left, "r": 8, "t": top, "b": 40},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        # Keeps zoom and hidden traces when the data change under the reader's hand.
        uirevision="keep",
        hoverlabel={"font": SMALL},
    )


def times_of(seconds: Iterable[float]) -> np.ndarray:
    """Seconds as datetime64[ms] since 1970, which lets Plotly write them as h:min:s."""
    return (np.asarray(list(seconds), dtype=float) * 1000).round().astype("datetime64[ms]")


def time_axis(seconds: pd.Series) -> dict:
    """The horizontal axis of a chart over time, for rows at these times in s."""
    first, end = ends_of(seconds)
    long = end >= 3600
    return {
        # The rows alone set the axis, not marks and events of long before. A range that moves on
        # would take the reader's zoom away each time; bounds of the automatic one do not. They are
        # numbers, in ms, for Plotly does not read times there. Without rows there is nothing
        # automatic: Plotly would show a moment in the year 2000.
        "range": [at(first), at(end)],
        "autorange": bool(len(seconds)),
        "autorangeoptions": {"minallowed": first * 1000, "maxallowed": end * 1000},
        "type": "date",
        "tickformat": "%H:%M:%S" if long else "%M:%S",
        "hoverformat": "%H:%M:%S",
        "title": {"text": f"time since the start ({'h:' if long else ''}min:s)", "font": SMALL},
        "gridcolor": GRID,
        "nticks": 8,
    }


def ends_of(seconds: pd.Series) -> tuple[float, float]:
    """Ends of a time axis, s: the first rows would fill it with ticks that all say the same."""
    first, last = (float(seconds.iloc[i]) if len(seconds) else 0.0 for i in (0, -1))
    return first, max(last, first + 8)


def at(seconds: float) -> str:
    """A time on that axis, as Plotly takes it."""
    return str(times_of([seconds])[0])


def escape(text: str) -> str:
    """A text that Plotly shows as it is: it reads some HTML, links among it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
