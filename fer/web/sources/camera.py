"""The browser's camera as a source of a `LiveSession`: the binding to streamlit-webrtc."""

from __future__ import annotations

from functools import partial

import av
import streamlit as st
from aiortc import rtcrtpreceiver
from aiortc.rate import RemoteBitrateEstimator
from streamlit_webrtc import WebRtcMode, webrtc_streamer
from streamlit_webrtc.component import generate_frontend_component_key
from streamlit_webrtc.relay import get_global_relay

from fer.live.overlay import draw
from fer.live.session import LiveSession

PICTURE_SIZES: dict[str, tuple[int, int]] = {
    "640 × 480: a few people near the camera": (640, 480),
    "1280 × 720: a room": (1280, 720),
}
"""What may be asked of the camera, in px. Larger finds faces farther away and costs processor
time: the returned picture is encoded here."""

MIN_BITRATE = 800_000
"""bit/s that the camera may always send. Below about half of that, faces of 40 px blur."""

_WORDS = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose camera",
    "device_ask_permission": "Allow the browser to use the camera.",
    "device_not_available": "No camera found.",
    "device_access_denied": "The browser was not allowed to use the camera.",
    "media_api_not_available": "This page cannot use a camera: it needs HTTPS or localhost.",
}


class Camera:
    """Hands the camera's frames to a session and gives them back with the newest readings drawn.

    Both methods are called by streamlit-webrtc: `recv` on a thread of the connection, `ended` on
    Streamlit's event loop, after the last `recv`. Neither waits for the analysis.
    """

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    def recv(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Take a frame from the browser; what is returned goes back to it."""
        image = frame.to_ndarray(format="bgr24")
        # The engine keeps its frame for a while, and this one is drawn on.
        self._session.put(image.copy())
        draw(image, self._session.in_view())
        return av.VideoFrame.from_ndarray(image, format="bgr24")

    def ended(self) -> None:
        """The video has ended: stopped, page left, or connection lost."""
        self._session.close()


class SteadyEstimator(RemoteBitrateEstimator):
    """Tells the browser how much it may send, and never less than `MIN_BITRATE`.

    aiortc judges the line by when packets arrive in Python. Each pause of this process looks to
    it like a full line, and it throttles the camera: down to 48 kbit/s and 8 frames a second on
    one machine, without any loss. Real loss still throttles: browsers see to that themselves.
    """

    def add(self, *args, **kwargs) -> tuple[int, list[int]] | None:
        estimate = super().add(*args, **kwargs)
        return estimate and (max(estimate[0], MIN_BITRATE), estimate[1])


# Receivers look the name up when a connection is made.
rtcrtpreceiver.RemoteBitrateEstimator = SteadyEstimator  # type: ignore[misc]


def keep_newest_only() -> None:
    """Make streamlit-webrtc pass on the newest frame only.

    Its relay queues frames for whoever reads more slowly than the camera sends, without an end.
    Where the encoder falls behind (a busy server), the returned video then lags more and more
    and memory grows by a megabyte a frame.
    """
    relay = get_global_relay()
    if not isinstance(relay.subscribe, partial):
        relay.subscribe = partial(relay.subscribe, buffered=False)  # type: ignore[method-assign]


def keep_connected(key: str) -> None:
    """Keep streamlit-webrtc from resetting a camera that was on the page all along.

    It resets one that "was not rendered for N runs", by a count that Streamlit raises some time
    after a run has ended. Where two runs end in between, a live camera is taken for one whose
    page was left, and is cut off. Streamlit itself forgets a widget that the last run of a page
    left out, so that is what tells here.

    Args:
        key: of the widget.
    """
    context = st.session_state.get(key)
    if context is not None and generate_frontend_component_key(key) in st.session_state:
        context._last_rendered_run_count = None


def camera_view(key: str, camera: Camera, servers: list[dict], size: tuple[int, int]):
    """Show the camera with its buttons, and connect it.

    Args:
        key: of the widget.
        camera: takes the frames. May be another object at the next run of the script.
        servers: ICE servers, see `fer.web.sources.ice`.
        size: (width, height) to ask of the camera, px.

    Returns:
        State with `playing` and `signalling` (a connection is being made), both bool.
    """
    keep_newest_only()
    keep_connected(key)
    width, height = size
    # The stubs type the nested settings as exact dicts; plain ones are what the docs show.
    context = webrtc_streamer(  # type: ignore[call-overload]
        key=key,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": servers},
        media_stream_constraints={
            "video": {
                "width": {"ideal": width},
                "height": {"ideal": height},
                "frameRate": {"ideal": 30, "max": 30},
            },
            "audio": False,
        },
        video_frame_callback=camera.recv,
        on_video_ended=camera.ended,
        # On the event loop itself a frame's work would hold up every page of the server.
        async_processing=True,
        media_toggle_controls=False,
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "style": {"width": "100%", "maxHeight": "340px"},
        },
        translations=_WORDS,
    )
    return context.state
