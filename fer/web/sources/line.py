"""The camera's connection as the browser sees it; it is made again by itself when it was lost."""

from __future__ import annotations

import streamlit as st

from fer.live.conditions import Line
from fer.web.sources.camera import START, STOP
from fer.web.sources.texts import REFUSALS
from fer.web.widgets.component import component

_component = component(__file__)


def camera_line(key: str) -> Line:
    """Place the invisible component that watches the camera's connection; returns its state.

    Call it in a fragment, because each change of the state runs the surrounding part again.

    Args:
        key: the key of the component.
    """
    known = st.session_state.get(key)
    data = {
        "words": {"start": START, "stop": STOP, "refusals": REFUSALS},
        "told": str(_line(None if known is None else known.line)),
    }
    return _line(_component(key=key, data=data, on_line_change=lambda: None, height=1).line)


def _line(text: str | None) -> Line:
    return Line(text) if text in tuple(Line) else Line.STEADY
