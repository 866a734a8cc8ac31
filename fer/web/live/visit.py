"""What the app keeps of one visit to the live page: the session and its sources.

A reload of the page is a new visit for Streamlit. `recall` brings the session of the visit before
back, if it was the same tab's and is not older than the notice says.
"""

from __future__ import annotations

import streamlit as st

from fer.live.session import LiveSession
from fer.live.shelf import Shelf, Visit
from fer.web import resources
from fer.web.access import visit as access
from fer.web.fragment import fragment
from fer.web.sources.camera import Camera
from fer.web.sources.pictures import Capture, Pictures
from fer.web.widgets.tab_memory import tab_memory

TRIES = 10
"""How often, once a second, it is looked whether the page before has gone meanwhile."""

REMEMBERED = (
    "notice_read",
    "model",
    "source",
    "picture-size",
    "classes",
    "window",
    "smoothing",
    "sound",
    "negative",
    "presence",
    "hold",
)
"""Keys of the visitor's choices that come back with the session."""


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    return Shelf()


# When the browser goes, for whatever reason, this cache ends the visit's streams. The data must
# outlive a short loss of the network, so they are kept in the state of Streamlit's session and not
# in this cache; with that state they go.
@st.cache_resource(
    scope="session", on_release=Visit.leave, hash_funcs={Visit: id}, show_spinner=False
)
def _lease(visit: Visit) -> Visit:
    visit.return_()
    return visit


def live_session() -> LiveSession:
    """Returns this visit's session, which the first call makes.

    Raises:
        ModelError, SettingsError: see `fer.web.resources.engine`.
    """
    state = st.session_state
    if "live" not in state:
        _begin(LiveSession(resources.engine()))
    state.live.use(resources.engine())  # another model may have been chosen meanwhile
    state.live_visit.settings = {key: state[key] for key in REMEMBERED if key in state}
    return _lease(state.live_visit).session


def _begin(session: LiveSession) -> None:
    state = st.session_state
    state.live_visit = _shelf().open(session, access.person().owner)
    state.live = session
    state.camera = Camera(session)
    state.share = Pictures(session, Capture.WINDOW)
    state.camera_pictures = Pictures(session, Capture.CAMERA)


def camera() -> Camera:
    """The camera of this visit's session; `live_session` has been called before."""
    return st.session_state.camera


def camera_pictures() -> Pictures:
    """The camera, where it sends pictures; `live_session` has been called before."""
    return st.session_state.camera_pictures


def share() -> Pictures:
    """The shared window of this visit's session; `live_session` has been called before."""
    return st.session_state.share


def recall() -> None:
    """Go on with the session of the page that this tab showed before, if there was one.

    Call it before anything else on the page; it draws nothing. `restored` says whether it did.

    Raises:
        ModelError, SettingsError: see `fer.web.resources.engine`.
    """
    state = st.session_state
    before = state.pop("recalled-visit", None)
    if before is not None:
        state.update(before.settings)
        session = LiveSession(resources.engine())
        session.continue_from(before.session)
        _begin(session)
        state.restored = True
    # What the tab says comes once the page is drawn. As a request for this part of the page alone,
    # it cannot take back a visitor who has clicked on the link to another page meanwhile.
    fragment(_ask_the_tab)()


def _ask_the_tab() -> None:
    """Tell the tab this visit's token, and look for the session whose token it had before."""
    state = st.session_state
    looked = state.get("recalled", False)
    mine = state.live_visit.token if looked and "live_visit" in state else ""
    earlier = tab_memory("tab-memory", mine)
    if looked or earlier is None:
        return
    before = _shelf().claim(earlier, access.person().owner)
    tries = state.get("recall-tries", 0)
    if before is None and tries < TRIES and _is_open_elsewhere(earlier):
        # On a busy server the new page may come before the old one has gone.
        fragment(_look_again, 1.0)(earlier)
        return
    state.recalled = True
    state["recalled-visit"] = before
    # The tab has to learn the token of this visit, even if nothing else happens.
    st.rerun()


def _is_open_elsewhere(token: str) -> bool:
    visit = _shelf().find(token, access.person().owner)
    return visit is not None and visit.is_here


def _look_again(token: str) -> None:
    tries = st.session_state["recall-tries"] = st.session_state.get("recall-tries", 0) + 1
    if tries >= TRIES or not _is_open_elsewhere(token):
        st.rerun()


def restored() -> bool:
    """Whether the session was begun by another page, until a source runs again."""
    state = st.session_state
    if state.get("restored") and (state.live.streaming or state.live.began is None):
        state.restored = False
    return state.get("restored", False)
