"""The live page's picture: the camera or the shared window, and the notices about it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import streamlit as st

from fer.live.camera_way import CameraWay, falls_back
from fer.live.conditions import Line, LiveFacts, Sharing, Source, notices
from fer.live.session import LiveSession
from fer.text import clock
from fer.web.addresses import browser_host
from fer.web.fragment import fragment
from fer.web.live import demo, numbers, texts, visit
from fer.web.live.waiting import has_memory
from fer.web.loop_lag import loop_lag
from fer.web.resources import core, ice, settings
from fer.web.sources import camera, compat
from fer.web.sources.line import camera_line
from fer.web.sources.pictures import Pictures
from fer.web.widgets.browser import browser_facts
from fer.web.widgets.kept import kept

LAG_BEFORE_S = 120.0
"""How far back the cause of a lost connection is looked for, s."""

LOOK_AGAIN_S = 0.5
"""Seconds from one look at a connection that is being made to the next."""


@dataclass(frozen=True)
class CameraState:
    """What the page knows of the camera, with attributes of `LiveFacts`.

    Attributes:
        connecting_since: since when the browser connects (s, monotonic); None while it does not.
    """

    playing: bool = False
    waiting: bool = False
    connecting_since: float | None = None
    relays: bool = False
    ice_problem: str | None = None


NO_CAMERA = CameraState()
"""Of a page that shows another source."""


def choose_source(session: LiveSession) -> Source:
    """Let the visitor choose where the pictures come from."""
    source = st.segmented_control(
        texts.SOURCE,
        list(texts.SOURCES),
        format_func=texts.SOURCES.__getitem__,
        default=kept("source", Source.CAMERA),
        required=True,
        label_visibility="collapsed",
        key="source",
        persist_state="session",
        on_change=partial(_leave, session),
    )
    session.ignored.begin(source)
    return source


def _leave(session: LiveSession) -> None:
    session.close()
    demo.forget_address()


def show(session: LiveSession, source: Source) -> tuple[CameraState, bool]:
    """Show the source of the session.

    Returns:
        The state of the camera, and whether the source is running or about to run.
    """
    if source == Source.CAMERA:
        state = show_camera(visit.camera(), visit.camera_pictures(), "camera-view")
        return state, state.playing or state.connecting_since is not None
    if source == Source.DEMO:
        if not has_memory(session.streaming, starts=True):
            return NO_CAMERA, False
        fragment(demo.show, demo.EVERY_S)(session)
        st.caption(texts.DEMO_NOTE)
        return NO_CAMERA, True
    fragment(show_pictures)(visit.share(), "screen-view")
    return NO_CAMERA, visit.share().status == Sharing.SHARING


def show_camera(video: camera.Camera, pictures: Pictures, key: str) -> CameraState:
    """Show a camera and connect it; returns its state.

    Args:
        video: takes the video, where a direct connection for it comes about.
        pictures: takes pictures one by one, where it does not.
        key: the key of the widget.
    """
    begin = f"{key}-begin"
    if begin in st.session_state or settings().camera == CameraWay.PICTURES:
        return _show_camera_pictures(pictures, key)
    before = camera.last_state(key)
    if not has_memory(before.playing, before.signalling):
        compat.forget_camera(key)
        st.session_state.pop("connecting_since", None)
        return CameraState(waiting=True)
    servers = ice(browser_host())
    state = camera.camera_view(key, video, servers.servers, _size(), _connecting)
    if state.signalling and not state.playing:
        since = _connecting()
    else:
        if state.playing:
            st.session_state[f"{key}-connected"] = True
        since = None
        st.session_state.pop("connecting_since", None)
    # It keeps its place on the page: if it came and went, what follows would be made anew.
    connected_before = st.session_state.get(f"{key}-connected", False)
    fragment(_fall_back, None if since is None else LOOK_AGAIN_S)(since, begin, connected_before)
    _choose_size(state.playing)
    return CameraState(
        playing=state.playing,
        connecting_since=since,
        relays=servers.relays,
        ice_problem=servers.problem,
    )


def _connecting() -> float:
    """Returns the time (s, monotonic) since when the browser has been connecting."""
    return st.session_state.setdefault("connecting_since", time.monotonic())


def _fall_back(since: float | None, begin: str, connected_before: bool) -> None:
    """Let the camera send pictures, if its video has not connected for too long."""
    connecting_s = None if since is None else time.monotonic() - since
    if falls_back(CameraWay(settings().camera), connecting_s, connected_before):
        st.session_state[begin] = True
        st.session_state.pop("connecting_since", None)
        st.rerun()


def _show_camera_pictures(pictures: Pictures, key: str) -> CameraState:
    begin = f"{key}-begin"
    fragment(show_pictures)(pictures, f"{key}-pictures", begin)
    playing = pictures.status == Sharing.SHARING
    _choose_size(playing)
    st.caption(texts.CAMERA_PICTURES)
    return CameraState(playing, waiting=pictures.status == Sharing.WAITING)


def show_pictures(pictures: Pictures, key: str, begin: str | None = None) -> None:
    """Show what sends pictures one by one; call it in a fragment.

    Args:
        pictures: takes them.
        key: the key of the widget.
        begin: name in the session state; if it is true there, the camera starts by itself. None
            for what never does.
    """
    before = pictures.status
    if not has_memory(before in (Sharing.ASKING, Sharing.SHARING)):
        pictures.status = Sharing.WAITING
        return
    # It starts by itself once, and not when the visitor comes back from another page.
    starts = begin is not None and bool(st.session_state.get(begin))
    if pictures.view(key, size=_size(), begin=starts) != before:
        if begin is not None and starts:
            st.session_state[begin] = False
        # The rest of the page has to start or stop refreshing itself.
        st.rerun()


def _size() -> tuple[int, int]:
    """The size to ask of the camera, as `_choose_size` let the visitor choose it."""
    return kept("picture-size", next(iter(texts.PICTURE_SIZES)))


def _choose_size(playing: bool) -> None:
    """Let the visitor choose which size to ask of the camera, while it is off."""
    sizes = list(texts.PICTURE_SIZES)
    st.selectbox(
        texts.PICTURE_SIZE,
        sizes,
        index=sizes.index(_size()),
        format_func=texts.PICTURE_SIZES.__getitem__,
        label_visibility="collapsed",
        key="picture-size",
        persist_state="session",
        disabled=playing,
    )


def banner(session: LiveSession) -> None:
    """Show the alerts that have not ended; call it in a fragment."""
    sound = st.session_state.get("sound", False)
    numbers.banner(session, sound, unsaved=session.began is not None)


def say(session: LiveSession, source: Source, state: CameraState) -> None:
    """Show the notices about the state of the session; call it in a fragment."""
    if source == Source.DEMO:
        st.caption(demo.about())
    elif visit.restored():
        st.success(texts.RESTORED.format(clock=clock(session.shown_until)))
    since = state.connecting_since
    browser = browser_facts("browser-probe")
    for notice in notices(
        LiveFacts(
            source=source,
            vitals=session.vitals(),
            has_data=session.now > 0,
            secure=browser.secure,
            cameras=browser.cameras,
            permission=browser.permission,
            playing=state.playing,
            waiting=state.waiting,
            connecting_s=None if since is None else time.monotonic() - since,
            relays=state.relays,
            ice_problem=state.ice_problem,
            line=camera_line("camera-line") if source == Source.CAMERA else Line.STEADY,
            lag_before_s=loop_lag.worst(LAG_BEFORE_S),
            **_sharing(source),
            detector=core().detector_name,
            server_lag_s=loop_lag.worst(),
        )
    ):
        values = dict(notice.values)
        if "cause" in values:
            values["cause"] = texts.CAUSES[str(values["cause"])].format(**values)
        getattr(st, notice.level)(texts.CONDITIONS[notice.condition].format(**values))


def _sharing(source: Source) -> dict:
    """The facts about pictures that the browser sends one by one."""
    if source == Source.DEMO:
        return {}
    pictures = visit.camera_pictures() if source == Source.CAMERA else visit.share()
    return {"share": pictures.status, "share_problem": pictures.problem}
