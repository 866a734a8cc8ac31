"""Measures how a network reads faces that are shifted, resized, turned, blurred, darkened or
compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np

from fer.training import metrics
from fer.training.emotion.augment import affine, warp
from fer.training.emotion.face_set import FaceSet
from fer.training.emotion.votes import voted_emotion


def damages() -> dict[str, list[tuple[str, Callable[[np.ndarray], np.ndarray]]]]:
    """List the ways in which a face can be worse than the training faces, the mildest first.

    Returns:
        For each kind of damage, pairs of its level and a function that does it, which takes and
        gives uint8 (h, w) or (h, w, 3). A level in pixels is that of a face of 48 pixels.
    """

    def moved(**how):
        return lambda face: warp(face, affine(face.shape[:2], face.shape[0], **how), face.shape[0])

    def blurred(sigma):
        return lambda face: cv2.GaussianBlur(face, (0, 0), sigma * (face.shape[0] / 48))

    def darkened(share):
        return lambda face: (face * share).astype(np.uint8)

    def packed(quality):
        def change(face):
            _, encoded = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])
            return cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)

        return change

    return {
        "shifted": [(f"{s:.0%}", moved(shift=(s, 0))) for s in (0.05, 0.1, 0.2)],
        "shrunk": [(f"to {s:.0%}", moved(scale=s)) for s in (0.9, 0.8, 0.65)],
        "enlarged": [(f"to {s:.0%}", moved(scale=s)) for s in (1.1, 1.2, 1.35)],
        "turned": [(f"{a}°", moved(angle=a)) for a in (10, 20, 35)],
        "blurred": [(f"σ {s} px", blurred(s)) for s in (0.8, 1.5, 2.5)],
        "darkened": [(f"to {s:.0%}", darkened(s)) for s in (0.5, 0.25, 0.1)],
        "JPEG": [(f"quality {q}", packed(q)) for q in (40, 20, 8)],
    }


def robustness(
    read: Callable[[Iterable[np.ndarray]], np.ndarray], faces: FaceSet
) -> dict[str, list[dict]]:
    """Measure the readings of damaged faces.

    They are compared with the most voted classes or, without votes, with the faces' labels.

    Args:
        read: takes faces, uint8 (h, w) or (h, w, 3), and gives probabilities (N, classes).
        faces: faces with labels that count within these classes.

    Returns:
        For each kind of damage, rows with `level`, `accuracy` and `neutral_read_negative` (None
        without neutral faces).
    """
    labels = faces.labels if faces.votes is None else voted_emotion(faces.votes)
    asked = labels >= 0
    faces, labels = faces.take(asked), labels[asked]

    def damaged(change) -> dict[str, float | None]:
        answers = read(map(change, faces.images))
        return {
            "accuracy": metrics.accuracy(answers, labels),
            "neutral_read_negative": metrics.neutral_read_negative(answers, labels),
        }

    return {
        kind: [{"level": level, **damaged(change)} for level, change in steps]
        for kind, steps in damages().items()
    }
