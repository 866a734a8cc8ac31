"""The common part of all face detectors: their answer, and how they handle frames of any size."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

STEP = 32
"""The sides of the frames that the networks search are multiples of this, in pixels."""

SLACK = 0.01
"""By what share a side of the copy that is searched may be too short, see `searched_side`."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face in a frame.

    Attributes:
        box: bounding box (x, y, width, height) in int pixels of the frame; inside the frame.
        score: the detector's score. Scores of different detectors cannot be compared.
        landmarks: float32 (5, 2), pixels (x, y) of right eye, left eye, nose tip, right and left
            mouth corner ("right" means the person's right side), or None if the detector gives
            none.
    """

    box: tuple[int, int, int, int]
    score: float
    landmarks: np.ndarray | None = None


class RawFaces(NamedTuple):
    """The faces of one frame as a detector reports them, before they are sorted.

    Attributes:
        boxes: float32 (n, 4), boxes (x, y, width, height) in pixels.
        scores: float32 (n,).
        landmarks: float32 (n, 5, 2), see `Detection`, or None if the detector gives none.
    """

    boxes: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray | None = None


NO_FACES = RawFaces(np.empty((0, 4), np.float32), np.empty(0, np.float32))


class FaceDetector(ABC):
    """Finds faces in frames of any size by searching a copy of limited size.

    Instances may be shared between threads: calls wait for each other, since OpenCV's detectors
    keep state between calls.
    """

    name: str
    """Short name that the pages show."""

    about: str
    """Text for the pages: what the detector is good for and how to get a better one."""

    crop_side: float
    """Side of a FER2013-like face crop in units of sqrt(width * height) of this detector's box."""

    def __init__(self, size: int = 800) -> None:
        """Args:
        size: longest side in pixels of the frame that is searched; larger frames are shrunk first.
        """
        self.size = size
        self._lock = threading.Lock()

    def detect(self, frame: np.ndarray) -> list[Detection]:
        """Find the faces of a frame.

        Args:
            frame: uint8 (H, W, 3), BGR.

        Returns:
            Faces, most certain first, in pixels of `frame`.
        """
        height, width = frame.shape[:2]
        scale = min(1.0, self.size / max(height, width))
        if scale < 1.0:
            frame = shrink(frame, searched_side(width * scale), searched_side(height * scale))
        with self._lock:
            boxes, scores, landmarks = self.search(frame)
        back = np.array([width / frame.shape[1], height / frame.shape[0]], dtype=np.float32)
        low = np.clip(np.floor(boxes[:, :2] * back), 0, (width, height)).astype(int)
        high = np.clip(np.ceil((boxes[:, :2] + boxes[:, 2:]) * back), 0, (width, height))
        size = high.astype(int) - low
        order = np.argsort(-scores, kind="stable")
        return [
            Detection(
                (*low[face].tolist(), *size[face].tolist()),
                float(scores[face]),
                None if landmarks is None else landmarks[face] * back,
            )
            for face in order[(size > 0).all(axis=1)[order]]
        ]

    def with_one_thread(self) -> FaceDetector:
        """A detector that finds the same with one thread; this one, if it uses no more anyway."""
        return self

    @abstractmethod
    def search(self, frame: np.ndarray) -> RawFaces:
        """Find the faces of a frame whose longest side is at most `size`.

        Only `detect` calls this, and only from one thread at a time.

        Args:
            frame: uint8 (H, W, 3), BGR.

        Returns:
            Faces in any order, in pixels of `frame`. Boxes may reach beyond its edges.
        """


def searched_side(length: float) -> int:
    """A side of the copy that is searched, in pixels, for the exact length that it should have.

    The networks need whole multiples of `STEP` and get a black border up to the next one. Where
    `SLACK` allows it the side is shortened to the multiple below instead: of 1280x720 px a copy of
    800x448 px is searched, and not one of 800x450 px with a border to 800x480 px.
    """
    whole = int(length // STEP * STEP)
    return whole if whole >= (1 - SLACK) * length else max(1, round(length))


def shrink(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    """A smaller copy of a frame, halved as often as possible and then interpolated.

    This is as good for detection as averaging areas in one step (on a set of test pictures: as many
    faces, with the same scores to 0.01). From 1080p to 800 px it is four times as fast: 1.4 ms
    against 5.8 ms.

    Args:
        frame: uint8 (H, W, 3).
        width, height: size of the copy in pixels, no larger than the frame.
    """
    while frame.shape[1] >= 2 * width and frame.shape[0] >= 2 * height:
        half = frame.shape[1] // 2, frame.shape[0] // 2
        frame = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)


def iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of `first` with every box of `second`.

    Args:
        first: (N, 4), boxes (x, y, w, h).
        second: (M, 4), boxes (x, y, w, h).

    Returns:
        (N, M), from 0 for boxes that do not touch to 1 for equal ones.
    """
    a, b = first[:, None, :], second[None, :, :]
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    side = np.maximum(high - low, 0.0)
    shared = side[..., 0] * side[..., 1]
    union = a[..., 2] * a[..., 3] + b[..., 2] * b[..., 3] - shared
    return shared / np.maximum(union, 1e-9)
