"""Every name that we use of a framework without its makers having promised to keep it.

One function or class for each, with its reason. Nothing else in the app touches a private or
undocumented name of Streamlit, streamlit-webrtc or aiortc, so a new version is checked here and in
`tests/web/test_compat.py`, which fails where a name is gone or behaves in another way. What the
style sheets know of Streamlit's page (`data-testid`) is checked there, too.

Checked with Streamlit 1.67, streamlit-webrtc 0.79 and aiortc 1.16.

streamlit-webrtc is imported where it is needed only: at its import it hands its component to the
server, which has to run by then, and this module is loaded before.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from aiortc import rtcrtpreceiver
from aiortc.rate import RemoteBitrateEstimator
from streamlit import runtime
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.uploaded_file_manager import UploadedFile

__all__ = [
    "CONSENT_FAILURES",
    "MIN_BITRATE",
    "DeltaGenerator",
    "RerunException",
    "SteadyEstimator",
    "StopException",
    "UploadedFile",
    "be_patient_with_connections",
    "drop_upload",
    "end_left_visits",
    "fresh_twilio_servers",
    "keep_a_steady_bitrate",
    "keep_connected",
    "keep_newest_only",
    "library_url",
    "others_changed",
    "serve_in_parts",
    "uploads_held",
    "visit_id",
]
# Streamlit ends a run of a page by raising `RerunException` or `StopException`: whoever catches
# every other exception has to let these two pass. `UploadedFile` is what
# `st.file_uploader` returns and `DeltaGenerator` what draws on a page; both are only needed to say
# so in a signature.

MIN_BITRATE = 800_000
"""bit/s that the camera may always send. Below about half of that, faces of 40 px blur."""


def visit_id() -> str | None:
    """The number of the visit whose script runs on this thread; None where none runs.

    Streamlit has no public name for a visit, and without one nobody can say what belongs to it.
    """
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def others_changed() -> bool:
    """Whether fragments run alone, though a widget elsewhere on the page has a new value.

    `fer.web.fragment` says why this matters. The public session state holds no widgets without a
    key, and does not say which fragment a widget belongs to.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not context.fragment_ids_this_run:
        return False
    state = context.session_state._state
    sent = state._new_widget_state
    return any(
        name in sent.widget_metadata
        and sent.widget_metadata[name].fragment_id not in context.fragment_ids_this_run
        and state._widget_changed(name)
        for name in sent
    )


def drop_upload(file: UploadedFile) -> None:
    """Let go of an upload that is no longer needed; Streamlit holds it until the visit ends.

    The uploader then leaves the file out, as if it had been taken away. Streamlit's own chat input
    does the same with what was sent.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def uploads_held() -> dict[str, int]:
    """Bytes of uploads that the server holds in memory, by visit."""
    manager = runtime.get_instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        return {}
    with manager._lock:
        return {
            visit: sum(len(file.data) for file in files.values())
            for visit, files in manager.file_storage.items()
        }


def end_left_visits() -> int:
    """End the visits whose time to come back is over; returns how many. For the event loop.

    Streamlit keeps a visit for two minutes after its browser has gone, with its uploads and all
    that its pages hold. It forgets an old one only when somebody else leaves; on a quiet server
    that may be hours later.
    """
    storage = runtime.get_instance()._session_mgr._session_storage  # type: ignore[attr-defined]
    ended = storage._cache.expire()
    for _, visit in ended:
        visit.session.shutdown()
        visit.session.session_state.clear()
    return len(ended)


def serve_in_parts(content: memoryview, media_type: str, key: str) -> str:
    """Let the browser fetch a content in parts; returns the path, relative to the page.

    `st.video` would read the whole file at every run of the page and hold it in memory, once more
    for each request of a browser. The manager behind it takes bytes and only ever asks for their
    length and for slices, so a memory-mapped file does as well.

    Args:
        content: the bytes.
        media_type: MIME type.
        key: distinguishes the contents of one page. A content stays for as long as each run of
            the page asks for it again.
    """
    files = runtime.get_instance().media_file_mgr
    path = files.add(content, media_type, key)  # type: ignore[arg-type]
    # Relative, because the page may lie below a sub-path, as on Streamlit Community Cloud.
    return path.removeprefix("/")


def library_url(component: Any, file: str) -> str:
    """Where Streamlit serves a file from the folder of a component of the older kind (`v1`).

    Args:
        component: what `streamlit.components.v1.declare_component` returned for a folder.
        file: name of a file in the folder.
    """
    return f"component/{component.name}/{file}"


class SteadyEstimator(RemoteBitrateEstimator):
    """Tells the browser how much it may send, and never less than `MIN_BITRATE`.

    aiortc judges the line by when packets arrive in Python. Each pause of this process looks to
    it like a full line, and it throttles the camera: down to 48 kbit/s and 8 frames a second on
    one machine, without any loss. Real loss still throttles: browsers see to that themselves.
    """

    def add(self, *args, **kwargs) -> tuple[int, list[int]] | None:
        """Take the arrival of one packet; returns (bit/s, sources), or None for no news."""
        estimate = super().add(*args, **kwargs)
        return estimate and (max(estimate[0], MIN_BITRATE), estimate[1])


def keep_a_steady_bitrate() -> None:
    """Make the connections that follow use `SteadyEstimator`.

    aiortc has no option for it, but looks the class up when a connection is made.
    """
    rtcrtpreceiver.RemoteBitrateEstimator = SteadyEstimator  # type: ignore[misc]


CONSENT_FAILURES = 24
"""Checks in a row, one every five seconds, that a camera's connection may leave unanswered."""


def be_patient_with_connections() -> None:
    """Keep aioice from taking a busy server for a lost line.

    It asks the browser every five seconds whether it may go on sending (RFC 7675), waits half a
    second for the answer, and ends the connection after six answers missed. While the event loop
    is late the answers lie unread, so that cameras of a busy server went off without a reason. A
    browser that has really gone is noticed after two minutes; its frames stop at once anyway.
    """
    import aioice.ice

    aioice.ice.CONSENT_FAILURES = CONSENT_FAILURES


def keep_newest_only() -> None:
    """Make streamlit-webrtc pass on the newest frame only.

    Its relay queues frames for whoever reads more slowly than the camera sends, without an end.
    Where the encoder falls behind (a busy server), the returned video then lags more and more
    and memory grows by a megabyte a frame.
    """
    from streamlit_webrtc.relay import get_global_relay

    relay = get_global_relay()
    if not isinstance(relay.subscribe, partial):
        relay.subscribe = partial(relay.subscribe, buffered=False)  # type: ignore[method-assign]


def keep_connected(key: str) -> None:
    """Keep streamlit-webrtc from resetting a camera that was on the page all along.

    It resets one that "was not rendered for N runs", by a count that Streamlit raises some time
    after a run has ended. Where two runs end in between, a live camera is taken for one whose
    page was left, and is cut off. Streamlit itself forgets a widget that the last run of a page
    left out, so that is what counts here.

    Args:
        key: of the widget.
    """
    from streamlit_webrtc.component import generate_frontend_component_key

    context = st.session_state.get(key)
    if context is not None and generate_frontend_component_key(key) in st.session_state:
        context._last_rendered_run_count = None


def fresh_twilio_servers(account: str, token: str) -> list[dict]:
    """Twilio's TURN servers with a password that has just been made.

    streamlit-webrtc keeps Twilio's passwords for as long as they are valid, so the last visitor to
    be given one would lose the connection at once.
    """
    from streamlit_webrtc import credentials

    credentials.get_twilio_ice_servers.clear()
    return [dict(server) for server in credentials.get_twilio_ice_servers(account, token)]
