"""What the app keeps of one visit to the live page: the session and the two sources."""

from __future__ import annotations

import streamlit as st

from fer.live.session import LiveSession
from fer.web import resources
from fer.web.sources.camera import Camera
from fer.web.sources.screen import ScreenShare


# When a visit ends, for whatever reason, this cache ends its streams. The data must outlive a
# short loss of the network, so they are kept in the session's state and not in this cache.
@st.cache_resource(
    scope="session",
    on_release=LiveSession.close,
    hash_funcs={LiveSession: id},
    show_spinner=False,
)
def _lease(session: LiveSession) -> LiveSession:
    return session


def live_session() -> LiveSession:
    """Returns this visit's session, which the first call makes.

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
