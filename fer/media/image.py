"""Decodes pictures from outside, after a look at their header has shown them to be harmless."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image


class PictureError(ValueError):
    """Raised for data that the app does not accept as a picture. The message says why."""


def decode_picture(
    data: bytes,
    *,
    formats: Sequence[str] = ("JPEG", "PNG"),
    longest: int = 8192,
    progressive: bool = True,
) -> np.ndarray:
    """Decode a picture whose sender is not trusted.

    Args:
        data: content of the picture's file.
        formats: accepted formats, by Pillow's names.
        longest: longest accepted side in pixels. Larger pictures are refused before they are
            decoded, so that a few bytes cannot claim gigabytes of memory.
        progressive: whether progressive JPEG is accepted. It can hide thousands of passes in a few
            bytes.

    Returns:
        uint8 (H, W, 3) BGR, turned upright as its EXIF data say.

    Raises:
        PictureError: the data are not such a picture, are damaged, or the picture is too large.
    """
    kinds = " or ".join(formats)
    try:
        with Image.open(io.BytesIO(data), formats=list(formats)) as header:
            width, height = header.size
            passes = "progressive" in header.info
    except Exception:  # Pillow raises many kinds for damaged headers
        raise PictureError(f"the picture is not {kinds}, or damaged") from None
    if max(width, height) > longest:
        raise PictureError(
            f"the picture has {width} × {height} px; {longest} px a side is the most"
        )
    if passes and not progressive:
        raise PictureError("the picture is a progressive JPEG, which is not accepted")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise PictureError("the picture is damaged")
    return picture
