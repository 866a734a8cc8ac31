"""The camera's connection as the browser sees it; it is made again by itself when it was lost."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer.live.conditions import Line
from fer.web.sources.camera import START, STOP

_component = st.components.v2.component(
    "fer_line", js=(Path(__file__).resolve().parent / "line.js").read_text("utf-8")
)


def camera_line(key: str) -> Line:
    """Place the invisible component that watches the camera's connection; returns its state.

    Call it in a fragment, because each change of the state runs the surrounding part again.

    Args:
        key: the key of the component.
    """
    words = {"start": START, "stop": STOP}
    line = _component(key=key, data=words, on_line_change=lambda: None, height=1).line
    return Line(line) if line in tuple(Line) else Line.STEADY
