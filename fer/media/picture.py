"""Picture: a decoded frame in, the picture that a viewer sees out."""

from __future__ import annotations

import logging

import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

log = logging.getLogger(__name__)

MAX_SIDE = 1920
"""Pictures are handed out with at most this longest side: larger ones cost memory and time, and
faces are looked for and cut at less."""


def as_shown(frame: VideoFrame, video: VideoStream) -> tuple[np.ndarray, float] | None:
    """A frame as it is shown, BGR, and its scale; None where it cannot be converted."""
    width, height = _square_size(frame, video)
    scale = max(1.0, max(width, height) / MAX_SIDE)
    size = max(1, round(width / scale)), max(1, round(height / scale))
    try:
        image = frame.reformat(*size, format="bgr24", interpolation="AREA").to_ndarray()
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        log.warning("a frame could not be converted: %s", error)
        return None
    return np.ascontiguousarray(np.rot90(image, turns(frame))), scale


def turns(frame: VideoFrame) -> int:
    """Quarter turns, counter-clockwise, that set a frame upright."""
    return round(frame.rotation / 90) % 4


def _square_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    """Width and height of a frame with square pixels, before it is turned upright."""
    aspect = video.sample_aspect_ratio
    stretch = float(aspect) if aspect and 0.1 < aspect < 10 else 1.0
    return max(1, round(frame.width * stretch)), frame.height


def shown_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    width, height = _square_size(frame, video)
    return (height, width) if turns(frame) % 2 else (width, height)
