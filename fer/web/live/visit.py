"""What one visit keeps for the live page: its session and the two sources."""

from __future__ import annotations

import streamlit as st

from fer.live.session import LiveSession
from fer.web import resources
from fer.web.sources.camera import Camera
from fer.web.sources.screen import ScreenShare


# Streams end with the visit, however it ends. The data must outlive a short loss of the network,
# so they live in the session's state and not in this cache.
@st.cache_resource(
    scope="session",
    on_release=LiveSession.close,
    hash_funcs={LiveSession: id},
    show_spinner=False,
)
def _lease(session: LiveSession) -> LiveSession:
    return session


def live_session() -> LiveSession:
    """This visit's session, made on first need.

    Raises:
        ModelError, ValueError: see `fer.web.resources.engine`.
    """
    state = st.session_state
    if "live" not in state:
        state.live = LiveSession(resources.engine())
        state.camera = Camera(state.live)
        state.share = ScreenShare(state.live)
    state.live.use(resources.engine())  # another model may have been chosen meanwhile
    return _lease(state.live)


def camera() -> Camera:
    """The camera of this visit's session; `live_session` has been called before."""
    return st.session_state.camera


def share() -> ScreenShare:
    """The shared window of this visit's session; `live_session` has been called before."""
    return st.session_state.share
