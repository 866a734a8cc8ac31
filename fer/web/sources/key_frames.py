"""Recognises the pictures of a video stream that need no picture before them."""

from __future__ import annotations

_VP8_START = b"\x9d\x01\x2a"
_NAL_START = b"\x00\x00\x00\x01"
_IDR, _PARAMETERS = 5, 7
_FAR = 256
"""How far into an H.264 picture is looked, in bytes; what comes before the picture is shorter."""


def is_key_frame(data: bytes) -> bool:
    """Whether an encoded picture, in VP8 or in H.264 with start codes, is a key frame.

    Sources: RFC 6386, section 9.1, for VP8; ITU-T H.264, table 7-1, for H.264.
    """
    if data.startswith(_NAL_START):
        kinds = {unit[0] & 0x1F for unit in data[:_FAR].split(_NAL_START) if unit}
        return not kinds.isdisjoint({_IDR, _PARAMETERS})
    return len(data) > 10 and not data[0] & 1 and data[3:6] == _VP8_START
