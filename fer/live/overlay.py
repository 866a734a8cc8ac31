"""Draws readings on a frame: a box for each face, with its emotion and confidence."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fer.emotions import COLOURS, UNSURE
from fer.faces.core import FaceReading, FaceState
from fer.live.ignored import Area

MIN_LABEL_WIDTH = 44
"""Boxes narrower than this, in pixels, have no text: in a full class it would hide the
neighbours."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def bgr(colour: str) -> tuple[int, int, int]:
    """Turn a colour such as "#D55E00" into blue, green and red from 0 to 255, as for OpenCV."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return blue, green, red


_BGR = {name: bgr(colour) for name, colour in COLOURS.items()}


def label(reading: FaceReading) -> str:
    """The text of a box: "happy 87%", "unsure", or nothing for a face that was not read."""
    if reading.state == FaceState.UNREAD:
        return ""
    if reading.state != FaceState.READ:
        return UNSURE
    return f"{reading.emotion} {reading.confidence:.0%}"


def in_parts(box: Sequence[int], width: int, height: int) -> list[float]:
    """Return a box as a browser draws it on a picture of any size.

    Args:
        box: x, y, width and height, in pixels.
        width, height: those of the picture, in pixels.

    Returns:
        The same in parts of the picture's width or height, 0 to 1.
    """
    return [round(part / (height if at % 2 else width), 4) for at, part in enumerate(box)]


def draw(frame: np.ndarray, readings: Sequence[FaceReading], ignored: Sequence[Area] = ()) -> None:
    """Draw all readings into a frame, in place.

    Args:
        frame: uint8 (H, W, 3) BGR, writable. Readings of an earlier frame of the same size may
            be drawn: boxes that reach beyond the edge are cut.
        readings: what to draw.
        ignored: areas whose faces do not count; they become darker.
    """
    height, width = frame.shape[:2]
    for area in ignored:
        left, right = (round(part * width) for part in (area.left, area.left + area.width))
        top, bottom = (round(part * height) for part in (area.top, area.top + area.height))
        frame[top:bottom, left:right] //= 3
    thick = 2 if frame.shape[1] >= 480 else 1
    scale = 0.5 if frame.shape[1] >= 480 else 0.4
    for reading in readings:
        x, y, w, h = reading.box
        name = reading.emotion if reading.state == FaceState.READ else UNSURE
        colour = _BGR[name]
        thin = 1 if reading.state == FaceState.UNREAD else thick
        cv2.rectangle(frame, (x, y), (x + w - 1, y + h - 1), colour, thin)
        text = label(reading)
        if not text or w < MIN_LABEL_WIDTH:
            continue
        (width, height), _ = cv2.getTextSize(text, _FONT, scale, 1)
        # The text is above the box, or inside it if there is no room above.
        bottom = y if y >= height + 6 else y + height + 6
        cv2.rectangle(frame, (x, bottom - height - 6), (x + width + 6, bottom), colour, cv2.FILLED)
        cv2.putText(frame, text, (x + 3, bottom - 4), _FONT, scale, (0, 0, 0), 1, cv2.LINE_AA)
