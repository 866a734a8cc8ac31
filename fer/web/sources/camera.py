"""The browser's camera as a source of frames: the binding to streamlit-webrtc."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import av
import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from fer.live.overlay import draw
from fer.live.room_feed import TakesFrames
from fer.web.sources import compat
from fer.web.sources.texts import NEEDS_HTTPS

START = "Start camera"
STOP = "Stop camera"
_WORDS = {
    "start": START,
    "stop": STOP,
    "select_device": "Choose camera",
    "device_ask_permission": "Allow the browser to use the camera.",
    "media_api_not_available": NEEDS_HTTPS,
}


class State(NamedTuple):
    """What a camera did when the browser last said so: its video runs, or it is connecting."""

    playing: bool = False
    signalling: bool = False


class Camera:
    """Hands the camera's frames on and gives them back with the newest readings drawn.

    Both methods are called by streamlit-webrtc: `recv` on a thread of the connection, `ended` on
    Streamlit's event loop, after the last `recv`. Neither waits for the analysis.
    """

    def __init__(self, session: TakesFrames) -> None:
        self._session = session

    def recv(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Take a frame from the browser; returns the frame to send back to it."""
        image = frame.to_ndarray(format="bgr24")
        # The engine gets a copy, because it keeps the frame for a while and this one is drawn on.
        self._session.put(image.copy())
        draw(image, self._session.in_view(), self._session.ignored.areas)
        return av.VideoFrame.from_ndarray(image, format="bgr24")

    def ended(self) -> None:
        """Close the session: the camera was stopped, the page left or the connection lost."""
        self._session.close()


def last_state(key: str) -> State:
    """Return the state of the camera with a key, before the page shows it. It begins nothing."""
    context = st.session_state.get(key)
    return State() if context is None else State(*context.state)


def camera_view(
    key: str,
    camera: Camera,
    servers: list[dict],
    size: tuple[int, int],
    on_signalling: Callable[[], object],
):
    """Show the camera with its buttons, and connect it.

    The call may block for some seconds while the addresses for a new connection are gathered.

    Args:
        key: the key of the widget.
        camera: takes the frames. It may be another object at the next run of the script.
        servers: ICE servers, see `fer.web.sources.ice`.
        size: (width, height) to ask of the camera, px.
        on_signalling: called as soon as the browser asks for a connection, before this function
            blocks.

    Returns:
        A state with `playing` and `signalling` (a connection is being made), both bool.
    """
    compat.keep_a_steady_bitrate()
    compat.keep_media_apart()
    compat.keep_newest_only()
    compat.keep_connected(key)
    compat.be_patient_with_connections()
    compat.hand_on_whole_pictures_only()
    width, height = size

    def changed() -> None:
        if st.session_state[key].state.signalling:
            on_signalling()

    # The type stubs ask for exact dicts in nested settings, but the documentation uses plain ones.
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
        on_change=changed,
        # Frames are handled outside the event loop, where they would hold up the server's pages.
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
