"""Turns a decoded frame into the picture that a viewer sees."""

from __future__ import annotations

import logging
from typing import NamedTuple

import av.error
import numpy as np
from av.buffer import Buffer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

log = logging.getLogger(__name__)

MAX_SIDE = 1920
"""The longest side of a picture, in pixels. Larger pictures are made smaller: they would cost
memory and time, and faces are looked for and cut out at less than this size."""


class Orientation(NamedTuple):
    """How a stored picture becomes the shown one: columns and rows may change places first, then
    the picture may be mirrored from left to right and from top to bottom.

    `angle` is the `VideoFrame.rotation` of frames with this orientation.
    """

    transposed: bool = False
    mirrored: bool = False
    upside_down: bool = False
    angle: int = 0

    @property
    def degrees(self) -> int:
        """Degrees by which the picture is turned counter-clockwise, mirroring left aside."""
        if self.transposed:
            return -90 if self.mirrored else 90
        return 180 if self.upside_down else 0


def orientation(frame: VideoFrame) -> Orientation:
    """Return the orientation of a frame's display matrix, to the nearest quarter turn.

    The matrix takes a stored point (x, y) to (a x + c y, b x + d y). Its nine numbers are stored
    row by row, with a and b in the first row (ISO/IEC 14496-12).

    Call this once for each recording, not for each frame: a frame and its side data in PyAV refer
    to each other, so the frame keeps the decoder's memory until Python's garbage collector runs.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    matrix = bytes(data) if isinstance(data, Buffer) else b""
    if len(matrix) < 36:
        return Orientation()
    a, b, _, c, d = np.frombuffer(matrix, np.int32, 5).tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(True, c < 0, b < 0, frame.rotation)
    return Orientation(False, a < 0, d < 0, frame.rotation)


def as_shown(frame: VideoFrame, video: VideoStream, usual: Orientation) -> np.ndarray | None:
    """Convert a frame to the picture that is shown: upright, with square pixels.

    Args:
        frame: a decoded frame.
        video: the stream of the frame.
        usual: the orientation of the recording's first frame.

    Returns:
        uint8 (H, W, 3) BGR, longest side at most `MAX_SIDE`; None if the frame cannot be
        converted.
    """
    width, height = _square_size(frame, video)
    scale = max(1.0, max(width, height) / MAX_SIDE)
    size = max(1, round(width / scale)), max(1, round(height / scale))
    try:
        image = frame.reformat(*size, format="bgr24", interpolation="AREA").to_ndarray()
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        log.warning("a frame could not be converted: %s", error)
        return None
    turn = usual if frame.rotation == usual.angle else orientation(frame)
    if turn.transposed:
        image = image.transpose(1, 0, 2)
    if turn.mirrored:
        image = image[:, ::-1]
    if turn.upside_down:
        image = image[::-1]
    return np.ascontiguousarray(image)


def shown_size(frame: VideoFrame, video: VideoStream, turn: Orientation) -> tuple[int, int]:
    """Return the width and height, in pixels, with which a frame is shown."""
    width, height = _square_size(frame, video)
    return (height, width) if turn.transposed else (width, height)


def _square_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    """Return width and height of a frame with square pixels, before it is turned upright."""
    aspect = video.sample_aspect_ratio
    stretch = float(aspect) if aspect and 0.1 < aspect < 10 else 1.0
    return max(1, round(frame.width * stretch)), frame.height
