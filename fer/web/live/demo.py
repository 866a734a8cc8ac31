"""The demo: a source whose pictures the page itself makes, with a separate session.

Its numbers never mix with those of a real class: a camera that is started afterwards uses the
visitor's usual session.
"""

from __future__ import annotations

import time

import cv2
import streamlit as st

from fer.demo.moving_class import LOOP_S, SCENE_STARTS, MovingClass
from fer.live.conditions import Source
from fer.live.overlay import draw
from fer.live.session import LiveSession
from fer.text import clock
from fer.web import resources
from fer.web.live import texts
from fer.web.sources.pictures import hand_in

EVERY_S = 0.25
"""Seconds from one picture to the next: as often as a camera sends pictures over the page."""

PARAMETER = "demo"
"""A page whose address has this parameter begins with the demo, also after a reload."""

_QUALITY = 85
_SEEN = "demo-address"


@st.cache_resource(show_spinner=False)
def _film() -> MovingClass:
    return MovingClass()


# When a visit ends, for whatever reason, this cache closes its session.
@st.cache_resource(scope="session", on_release=LiveSession.close, show_spinner=False)
def _session() -> LiveSession:
    return LiveSession(resources.engine())


def is_on() -> bool:
    """Returns whether the page shows the demo. Call this before the choice of sources is drawn."""
    state = st.session_state
    if PARAMETER in st.query_params and not state.get(_SEEN):
        begin()
    return state.get("source") == Source.DEMO


def begin() -> None:
    """Show the demo from now on, also after a reload of the page."""
    st.session_state[_SEEN] = True
    st.session_state["source"] = Source.DEMO
    st.query_params[PARAMETER] = ""


def forget_address() -> None:
    """Let the page begin without the demo after a reload."""
    st.query_params.pop(PARAMETER, None)


def session() -> LiveSession:
    """Returns this visit's session of the demo, which the first call makes.

    Raises:
        ModelError, SettingsError: as `fer.web.resources.engine` raises them.
    """
    session = _session()
    session.use(resources.engine())  # another model may have been chosen meanwhile
    return session


def show(session: LiveSession) -> None:
    """Give the session the next picture and show it with the newest readings. Use a fragment."""
    began = st.session_state.setdefault("demo-began", time.monotonic())
    picture = _film().frame(time.monotonic() - began)
    # The engine keeps its picture for a while, and boxes are drawn on this one.
    hand_in(session, picture.copy())
    draw(picture, session.in_view(), session.ignored.areas)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    st.image(data.tobytes(), width="stretch")


def about() -> str:
    """Returns what the page says about the demo."""
    return texts.DEMO_ABOUT.format(
        **{name: clock(t) for name, t in SCENE_STARTS.items()}, loop=clock(LOOP_S)
    )
