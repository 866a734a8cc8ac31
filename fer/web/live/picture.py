"""The live page's picture: the camera or the shared window, and the notices about it."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import streamlit as st

from fer.live.conditions import Line, LiveFacts, Sharing, Source, notices
from fer.live.session import LiveSession
from fer.text import clock
from fer.web.fragment import fragment
from fer.web.live import numbers, texts, visit
from fer.web.loop_lag import loop_lag
from fer.web.resources import core, ice
from fer.web.sources import camera
from fer.web.sources.line import camera_line
from fer.web.sources.screen import ScreenShare
from fer.web.widgets.browser import browser_facts

LAG_BEFORE_S = 120.0
"""How far back the cause of a lost connection is looked for, s."""


def choose_source(session: LiveSession) -> Source:
    """Let the visitor choose where the pictures come from."""
    return st.segmented_control(
        texts.SOURCE,
        list(texts.SOURCES),
        format_func=texts.SOURCES.__getitem__,
        default=Source.CAMERA,
        required=True,
        label_visibility="collapsed",
        key="source",
        persist_state="session",
        on_change=session.close,
    )


def show(source: Source) -> tuple[dict, bool]:
    """Show the source.

    Returns:
        The facts about it that the notices need, and whether it is running or about to run.
    """
    if source == Source.CAMERA:
        facts = show_camera(visit.camera(), "camera-view")
        return facts, facts["playing"] or facts["connecting_since"] is not None
    fragment(show_screen)(visit.share(), "screen-view")
    return {}, visit.share().status == Sharing.SHARING


def show_camera(source: camera.Camera, key: str) -> dict:
    """Show a camera and connect it; returns the facts about it that the notices need."""
    host = urlsplit(st.context.url or "").hostname or ""
    servers = ice(host)
    sizes = list(texts.PICTURE_SIZES)
    size = st.session_state.get("picture-size", sizes[0])
    state = camera.camera_view(key, source, servers.servers, size)
    if state.signalling and not state.playing:
        since = st.session_state.setdefault("connecting_since", time.monotonic())
    else:
        since = None
        st.session_state.pop("connecting_since", None)
    st.selectbox(
        texts.PICTURE_SIZE,
        sizes,
        format_func=texts.PICTURE_SIZES.__getitem__,
        label_visibility="collapsed",
        key="picture-size",
        persist_state="session",
        disabled=state.playing,
    )
    return {
        "playing": state.playing,
        "connecting_since": since,
        "relays": servers.relays,
        "ice_problem": servers.problem,
    }


def show_screen(share: ScreenShare, key: str) -> None:
    """Show what shares a window; call it in a fragment."""
    before = share.status
    if share.view(key) != before:
        # The rest of the page has to start or stop refreshing itself.
        st.rerun()


def banner(session: LiveSession) -> None:
    """Show the alerts that have not ended; call it in a fragment."""
    sound = st.session_state.get("sound", False)
    numbers.banner(session, sound, unsaved=session.began is not None)


def say(session: LiveSession, source: Source, facts: dict) -> None:
    """Show the notices about the state of the session; call it in a fragment."""
    if visit.restored():
        st.success(texts.RESTORED.format(clock=clock(session.shown_until)))
    since = facts.get("connecting_since")
    known = {key: value for key, value in facts.items() if key != "connecting_since"}
    browser = browser_facts("browser-probe")
    share = visit.share()
    for notice in notices(
        LiveFacts(
            source=source,
            vitals=session.vitals(),
            has_data=session.now > 0,
            secure=browser.secure,
            cameras=browser.cameras,
            permission=browser.permission,
            connecting_s=None if since is None else time.monotonic() - since,
            line=camera_line("camera-line") if source == Source.CAMERA else Line.STEADY,
            lag_before_s=loop_lag.worst(LAG_BEFORE_S),
            share=share.status,
            share_problem=share.problem,
            detector=core().detector_name,
            server_lag_s=loop_lag.worst(),
            **known,
        )
    ):
        values = dict(notice.values)
        if "cause" in values:
            values["cause"] = texts.CAUSES[str(values["cause"])].format(**values)
        getattr(st, notice.level)(texts.CONDITIONS[notice.condition].format(**values))
