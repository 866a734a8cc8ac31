"""The common part of detectors whose network answers at every place of its feature maps.

These are YuNet and the bundled detector.
"""

from __future__ import annotations

import functools
from abc import abstractmethod

import cv2
import numpy as np

from fer.faces.detect.base import NO_FACES, FaceDetector, RawFaces

STRIDES = (8, 16, 32)
"""Distance between neighbouring places of each feature map of the networks, in pixels."""

MAX_OVERLAP = 0.3
"""Boxes that overlap more than this, as a share of their union, show one face."""


class AnchorFree(FaceDetector):
    """A fully convolutional network that answers at every place of its feature maps.

    An answer holds a score, the box's centre (x, y) relative to the place and its size (w, h) as
    natural logarithms, both in strides, and five landmarks (x, y) relative to the place in
    strides: 15 values.
    """

    MIN_FRAME = 32
    """Smaller frames, by their shorter side in pixels, are not searched. The networks need some
    context: on smaller frames they report noise or nothing."""

    def __init__(self, size: int = 800, *, score: float) -> None:
        """Args:
        size: see `FaceDetector`.
        score: answers with a lower score are dropped.
        """
        super().__init__(size)
        self.score = score

    @abstractmethod
    def places(self, frame: np.ndarray) -> np.ndarray:
        """The network's answers: float32 (places, 15), stride by stride, row by row.

        Args:
            frame: uint8 (H, W, 3), BGR; both sides multiples of the largest stride.
        """

    def search(self, frame: np.ndarray) -> RawFaces:
        if min(frame.shape[:2]) < self.MIN_FRAME:
            return NO_FACES
        return raw_faces(self.settle(self.candidates(frame, self.score)))

    def candidates(self, frame: np.ndarray, score: float) -> np.ndarray:
        """All answers of the network with at least some score, several for each face.

        Args:
            frame: uint8 (H, W, 3), BGR.
            score: the lowest score that is kept.

        Returns:
            float32 (n, 15), see `decode`.
        """
        height, width = frame.shape[:2]
        coarsest = STRIDES[-1]
        right, bottom = -width % coarsest, -height % coarsest
        padded = frame
        if right or bottom:
            padded = cv2.copyMakeBorder(frame, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        answers = self.places(padded)
        enough = np.flatnonzero(answers[:, 0] >= score)
        corners, strides = grid(padded.shape[0], padded.shape[1])
        rows = decode(answers[enough], corners[enough], strides[enough])
        # A damaged or saturated frame can give infinite boxes.
        return rows[np.isfinite(rows).all(axis=1)]

    def settle(self, rows: np.ndarray) -> np.ndarray:
        """Reduce the rows to one for each face.

        Args:
            rows: float32 (n, 15), several for each face, see `decode`.

        Returns:
            float32 (faces, 15), highest score first.
        """
        keep = suppress(rows)
        return np.concatenate([rows[keep, :5], self.landmarks_of(rows, keep)], axis=1)

    def landmarks_of(self, rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
        """The landmarks of each face, made from all answers.

        Args:
            rows: float32 (n, 15), see `decode`.
            keep: int (faces,), the row of the best answer for each face.

        Returns:
            float32 (faces, 10), in pixels, x and y alternating.
        """
        return rows[keep, 5:]


def raw_faces(rows: np.ndarray) -> RawFaces:
    """Turn rows (faces, 15), see `decode`, into the answer of a detector."""
    return RawFaces(rows[:, :4], rows[:, 4], rows[:, 5:].reshape(-1, 5, 2))


def planes(frame: np.ndarray) -> np.ndarray:
    """Turn a frame, uint8 (H, W, 3), into the networks' input: float32 (1, 3, H, W), 0 to 255."""
    planar = np.empty((1, 3, *frame.shape[:2]), np.float32)
    planar[0] = cv2.split(frame)  # a fifth of the time that numpy takes to transpose
    return planar


@functools.lru_cache(8)
def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The places of a frame of `height` x `width` pixels, in the order of `AnchorFree.places`.

    Returns:
        The corner (x, y) of every place in strides, float32 (n, 2), and its stride in pixels,
        float32 (n, 1).
    """
    corners, strides = [], []
    for stride in STRIDES:
        rows, columns = np.divmod(
            np.arange((height // stride) * (width // stride)), width // stride
        )
        corners.append(np.stack([columns, rows], axis=1))
        strides.append(np.full((len(rows), 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(answers: np.ndarray, corners: np.ndarray, strides: np.ndarray) -> np.ndarray:
    """Turn answers into boxes and landmarks in pixels.

    Args:
        answers: float32 (n, 15), see `AnchorFree`.
        corners: float32 (n, 2) of their places, see `grid`.
        strides: float32 (n, 1) of their places, see `grid`.

    Returns:
        float32 (n, 15): box (x, y, w, h), score, landmarks (x and y alternating).
    """
    size = np.exp(np.minimum(answers[:, 3:5], 20.0)) * strides
    corner = (corners + answers[:, 1:3]) * strides - size / 2
    landmarks = (answers[:, 5:] + np.tile(corners, 5)) * strides
    return np.concatenate([corner, size, answers[:, :1], landmarks], axis=1)


def suppress(rows: np.ndarray) -> np.ndarray:
    """Choose the best answer for each face (non-maximum suppression).

    Args:
        rows: float32 (n, 15), see `decode`.

    Returns:
        int (faces,), indices of the rows to keep, highest score first.
    """
    boxes, scores = rows[:, :4].tolist(), rows[:, 4].tolist()
    return np.array(cv2.dnn.NMSBoxes(boxes, scores, 0.0, MAX_OVERLAP), int)
