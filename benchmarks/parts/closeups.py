"""Close-ups, portraits and framings: pictures with one large face, whose place is known."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from fer.faces.detect.base import FaceDetector, iou

WEBCAM = (640, 480)
"""(width, height) of a webcam's picture, px."""

SAME = 0.5
"""Two boxes show the same face if they overlap by this share of their union."""


@dataclass(frozen=True, eq=False)
class Face:
    """A photograph with one face.

    Attributes:
        picture: uint8 (H, W, 3) BGR.
        box: the face's (x, y, width, height), px.
    """

    picture: np.ndarray
    box: tuple[float, float, float, float]


def public_portrait() -> Face:
    """Returns scikit-image's public-domain portrait, with the box that YuNet gives."""
    picture = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    return Face(picture, (178, 62, 91, 115))


def photographs(path: Path, reference: FaceDetector, count: int) -> list[Face]:
    """Returns pictures from all over a zip file in which the reference sees exactly one face.

    Args:
        path: zip file of pictures.
        reference: the detector that says where the faces are.
        count: how many pictures to look at, at most.
    """
    faces = []
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        for name in names[:: max(1, len(names) // count)][:count]:
            picture = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR)
            double = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
            seen = reference.detect(double)
            if len(seen) == 1 and seen[0].score > 0.8:
                faces.append(Face(double, seen[0].box))
    return faces


def view(
    face: Face, share: float, place: tuple[float, float], size: tuple[int, int] = WEBCAM
) -> Face:
    """Frames a face as a camera would. Outside the photograph, a blurred copy of it goes on.

    Args:
        face: the photograph.
        share: the face's width as a share of the picture's.
        place: where the middle of the face is, as shares of the width and height.
        size: (width, height) of the picture, px.
    """
    width, height = size
    x, y, w, h = face.box
    scale = share * width / w
    left, top = place[0] * width - (x + w / 2) * scale, place[1] * height - (y + h / 2) * scale
    move = np.array([[scale, 0, left], [0, scale, top]])
    room = cv2.GaussianBlur(cv2.resize(face.picture, (width // 8, height // 8)), (0, 0), 8)
    room = cv2.resize(room, size, interpolation=cv2.INTER_CUBIC)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.warpAffine(
        face.picture, move, size, dst=room, flags=how, borderMode=cv2.BORDER_TRANSPARENT
    )
    return Face(picture, (x * scale + left, y * scale + top, w * scale, h * scale))


def close_ups(faces: list[Face], seed: int = 0) -> Iterator[Face]:
    """Yields each face as a webcam sees a student: 35 to 50 % of the width, near the middle."""
    rng = np.random.default_rng(seed)
    for face in faces:
        place = rng.uniform(0.4, 0.6), rng.uniform(0.42, 0.55)
        yield view(face, rng.uniform(0.35, 0.5), place)


def portraits(faces: list[Face], seed: int = 0) -> Iterator[Face]:
    """Yields each face as a studio frames it: upright, 45 to 60 % of the width."""
    rng = np.random.default_rng(seed)
    for face in faces:
        place = rng.uniform(0.45, 0.55), rng.uniform(0.42, 0.5)
        yield view(face, rng.uniform(0.45, 0.6), place, (640, 800))


def framings(face: Face) -> Iterator[Face]:
    """Yields one face in nine places, at sizes from a tenth of the width to the full height."""
    for share in np.arange(0.1, 0.55, 0.025):
        for x in (0.35, 0.5, 0.65):
            for y in (0.45, 0.5, 0.55):
                yield view(face, float(share), (x, y))


def sees_only(detector: FaceDetector, one: Face) -> bool:
    """Whether a detector sees the face, and nothing else."""
    boxes = np.array([face.box for face in detector.detect(one.picture)], float).reshape(-1, 4)
    return len(boxes) == 1 and bool(iou(boxes, np.array([one.box]))[0, 0] >= SAME)
