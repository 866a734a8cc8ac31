"""Footage for benchmarks: real clips if the shared material is there, else a portrait."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data

from fer.settings import Settings

CLIPS = (
    "student_laughing_854x480.mp4",
    "student_surprised_640x360.mp4",
    "phone_596x336.mp4",
)


def media() -> Path | None:
    """Returns the folder of shared clips, or None if it is missing."""
    folder = Settings.from_environment().shared / "media"
    return folder if folder.is_dir() else None


def frames(path: Path, step: int = 1, count: int | None = None) -> list[np.ndarray]:
    """Returns every `step`-th frame of a video, at most `count`, uint8 (H, W, 3) BGR."""
    with av.open(str(path)) as container:
        decoded = islice(container.decode(video=0), 0, None, step)
        return [frame.to_ndarray(format="bgr24") for frame in islice(decoded, count)]


def portraits(count: int) -> list[np.ndarray]:
    """`count` frames with one face each, as different as the footage allows."""
    folder = media()
    if folder is None:
        face = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)[:288, :]
        return [face if index % 2 else face[:, ::-1] for index in range(count)]
    # The phone's clip shows its face best at the start; the others throughout.
    clips = [
        frames(folder / name, step=20, count=n) for name, n in zip(CLIPS, (30, 20, 5), strict=True)
    ]
    pictures = [frame for clip in clips for frame in clip]
    return [pictures[index * len(pictures) // count] for index in range(count)]


def gallery(
    pictures: list[np.ndarray], columns: int = 5, width: int = 1280, height: int = 720
) -> np.ndarray:
    """A video-call grid of pictures, uint8 (height, width, 3) BGR."""
    rows = -(-len(pictures) // columns)
    tile_width, tile_height = width // columns, height // rows
    canvas = np.zeros((height, width, 3), np.uint8)
    for index, picture in enumerate(pictures):
        scale = max(tile_width / picture.shape[1], tile_height / picture.shape[0])
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        tile = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        left, top = (tile.shape[1] - tile_width) // 2, (tile.shape[0] - tile_height) // 2
        x, y = index % columns * tile_width, index // columns * tile_height
        canvas[y : y + tile_height, x : x + tile_width] = tile[
            top : top + tile_height, left : left + tile_width
        ]
    return canvas
