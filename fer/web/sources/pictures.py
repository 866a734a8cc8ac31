"""Pictures that the browser takes and sends one by one over the page's own connection.

They show a window or a screen, such as the gallery of a video call, or come from a camera whose
video cannot be sent over a direct connection, because many networks block those. Each picture is
decoded, read and dropped.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from enum import StrEnum

import numpy as np
import streamlit as st

from fer.emotions import COLOURS, UNSURE
from fer.faces.core import FaceReading, FaceState
from fer.live.conditions import Sharing
from fer.live.ignored import Area
from fer.live.overlay import in_parts, label
from fer.live.room_feed import TakesFrames
from fer.media.image import PictureError, decode_picture
from fer.web import compat
from fer.web.sources import texts
from fer.web.widgets.component import component

LONGEST = 1280
"""Longest side in pixels of the pictures that the component sends."""

QUALITY = 0.8
"""JPEG quality of these pictures, from 0 to 1. A lower quality blurs faces of 40 px."""


class Capture(StrEnum):
    """What the browser takes pictures of."""

    WINDOW = "window"
    CAMERA = "camera"


MAX_BYTES = 2_000_000
"""Largest size of a picture's file in bytes. A picture of `LONGEST` px has 0.1 to 0.5 MB."""

_component = component(__file__)


def sent_picture(text: object) -> np.ndarray:
    """Decode one picture.

    Whatever a hostile browser sends, decoding costs no more than a baseline JPEG of `LONGEST` px.

    Args:
        text: a JPEG file as base64.

    Returns:
        uint8 (H, W, 3) BGR.

    Raises:
        PictureError: it is not such a file, or too large; the message says what is wrong.
    """
    if not isinstance(text, str) or len(text) > MAX_BYTES * 4 / 3:
        raise PictureError("the picture is not text or too long")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PictureError("the picture is not base64") from None
    return decode_picture(data, formats=["JPEG"], longest=LONGEST, progressive=False)


def faces_for_preview(readings: Sequence[FaceReading], width: int, height: int) -> list[dict]:
    """Returns what the component draws for each reading: `box`, `colour` and `label`.

    The numbers of `box` (x, y, width, height) are parts of the picture's width or height, 0 to 1.
    """
    return [
        {
            "box": in_parts(reading.box, width, height),
            "colour": COLOURS[reading.emotion if reading.state == FaceState.READ else UNSURE],
            "label": label(reading),
        }
        for reading in readings
    ]


def areas_for_preview(areas: Sequence[Area]) -> list[dict]:
    """Returns what the component draws for each part of the picture that is ignored."""
    return [
        {
            "box": list(astuple(area)),
            "colour": COLOURS[UNSURE],
            "label": texts.IGNORED,
        }
        for area in areas
    ]


def hand_in(session: TakesFrames, frame: np.ndarray) -> None:
    """Hand a frame to a session from the run of a page.

    The session is closed as soon as the browser has gone, and the run goes on for a moment. A frame
    that comes then would open it again, for good.
    """
    session.put(frame)
    if compat.is_ending():
        session.close()


class Pictures:
    """Passes the component's pictures to a session. Use it only on the page's script thread."""

    def __init__(self, session: TakesFrames, capture: Capture) -> None:
        """Args:
        session: the session that takes the pictures.
        capture: what the browser takes pictures of.
        """
        self._session = session
        self._capture = capture
        self._words = texts.WINDOW if capture == Capture.WINDOW else texts.CAMERA
        self._number = 0
        self._size = (1, 1)
        self.status = Sharing.IDLE
        self.problem: str | None = None

    def take(self, picture: object) -> None:
        """Take what the component sent: a dict with `number` (int) and `jpeg` (base64)."""
        self.problem = None
        if not isinstance(picture, Mapping):
            self.problem = "the browser sent something that is not a picture"
            return
        number = picture.get("number")
        self._number = number if isinstance(number, int) else 0
        try:
            frame = sent_picture(picture.get("jpeg"))
        except PictureError as error:
            self.problem = str(error)
            return
        self._size = (frame.shape[1], frame.shape[0])
        hand_in(self._session, frame)

    def view(self, key: str, *, size: tuple[int, int] = (640, 480), begin: bool = False) -> Sharing:
        """Show the component. Call this in a fragment, which then runs again for each picture.

        Args:
            key: the key of the widget.
            size: the (width, height) in pixels that the camera is asked for.
            begin: whether it starts by itself as soon as it is shown.

        Returns:
            The new `status`.
        """

        def on_picture() -> None:
            # If the visitor left the page while a picture was on its way, the component is gone.
            component = st.session_state.get(key)
            if component is not None:
                self.take(component.picture)

        known = st.session_state.get(key)
        result = _component(
            key=key,
            data={
                "capture": str(self._capture),
                "words": self._words,
                "size": size,
                "begin": begin,
                "status": str(Sharing.IDLE if known is None else _status(known.status)),
                "longest": LONGEST,
                "quality": QUALITY,
                "answered": self._number,
                "faces": [
                    *faces_for_preview(self._session.in_view(), *self._size),
                    *areas_for_preview(self._session.ignored.areas),
                ],
            },
            default={"status": str(Sharing.IDLE)},
            on_picture_change=on_picture,
            on_status_change=lambda: None,  # Streamlit asks for a callback with each default
        )
        status = _status(result.status)
        # The end is noticed here, since the browser cannot report it after the page was left.
        if status not in (self.status, Sharing.SHARING):
            self._session.close()
        self.status = status
        return self.status


def _status(text: object) -> Sharing:
    try:
        return Sharing(text)  # type: ignore[arg-type]
    except ValueError:
        return Sharing.FAILED
