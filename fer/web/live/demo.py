"""The demo: a source whose pictures the page makes itself, with a session of its own.

Its numbers never mix with those of a real class: a camera that is started afterwards goes on with
the visitor's own session.
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

EVERY_S = 0.25
"""Seconds from one picture to the next: as often as a camera sends pictures over the page."""

PARAMETER = "demo"
"""A page whose address has it begins with the demo, and does so again when it is loaded again."""

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
    """Whether the page shows the demo; call it before the page draws its choice of a source."""
    state = st.session_state
    if PARAMETER in st.query_params and not state.get(_SEEN):
        begin()
    return state.get("source") == Source.DEMO


def begin() -> None:
    """Show the demo from now on, also after the page was loaded again."""
    st.session_state[_SEEN] = True
    st.session_state["source"] = Source.DEMO
    st.query_params[PARAMETER] = ""


def forget_address() -> None:
    """Let the page begin without the demo when it is loaded again."""
    st.query_params.pop(PARAMETER, None)


def session() -> LiveSession:
    """Returns this visit's session of the demo, which the first call makes.

    Raises:
        ModelError, ValueError: see `fer.web.resources.engine`.
    """
    session = _session()
    session.use(resources.engine())  # another model may have been chosen meanwhile
    return session


def show(session: LiveSession) -> None:
    """Hand the next picture to the session, and show it with the newest readings; in a fragment."""
    began = st.session_state.setdefault("demo-began", time.monotonic())
    picture = _film().frame(time.monotonic() - began)
    # The engine keeps the picture for a while, and this one is drawn on.
    session.put(picture.copy())
    draw(picture, session.in_view())
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    st.image(data.tobytes(), width="stretch")


def about() -> str:
    """What the page says about the demo."""
    return texts.DEMO_ABOUT.format(
        **{name: clock(t) for name, t in SCENE_STARTS.items()}, loop=clock(LOOP_S)
    )
