"""Composes training scenes from photographs, with the teacher's answer to each.

A scene shows a part of one photograph or, as a video call does, a grid of several. Size, aspect,
turn and mirroring vary. The teacher sees the clean scene. The learning network sees it darker,
blurred, grey or compressed as JPEG, and learns to give the same answer.

The teacher's landmarks hardly follow a tilted head. So where the network is to learn tilted heads,
the teacher sees the scene level, and its answer is turned with the scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from fer.faces.detect.yunet import YuNet
from fer.training.detector.answers import SIZE, settled, turned
from fer.training.detector.photos import Photos
from fer.training.detector.turns import Turn, angle

GRIDS = ((1, 0.55), (2, 0.25), (3, 0.12), (5, 0.08))
"""The number of photographs along a side of a scene, and the share of such scenes."""

SMALLEST_FACE = 9.0
"""The height of the smallest face around which a picture is cut, in pixels."""

AIMED = 0.85
"""The share of the pictures that are cut around a face; the others may show anything."""


@dataclass(frozen=True)
class Composer:
    """Composes scenes with the teacher's answers.

    Attributes:
        photos: photographs to compose scenes from.
        faces: float32 (n, 6), the result of `photos.teach`.
        teacher: detector whose answers are learned.
        tilted: share of the pictures that are tilted far; with 0 the teacher sees all turns itself.
    """

    photos: Photos
    faces: np.ndarray
    teacher: YuNet
    tilted: float = 0.0

    def batch(self, count: int, seed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Compose some scenes, always the same ones for the same seed.

        Returns:
            Scenes, uint8 (`count`, `SIZE`, `SIZE`, 3) BGR, and answers, float32
            (`count`, places, 15).
        """
        rng = np.random.default_rng(seed)
        scenes, answers = zip(*(self._scene(rng) for _ in range(count)), strict=True)
        return np.stack(scenes), np.stack(answers)

    def _scene(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        scene, turns = compose(self.photos, self.faces, rng, self.tilted)
        answers = settled(self.teacher.places(scene))
        if any(turn.angle or turn.inner for turn in turns):
            answers = turned(answers, turns)
            for turn in turns:
                scene[turn.top : turn.bottom, turn.left : turn.right] = turn.picture(scene, rng)
        return spoil(scene, rng), answers


def compose(
    photos: Photos, faces: np.ndarray, rng: np.random.Generator, tilted: float = 0.0
) -> tuple[np.ndarray, list[Turn]]:
    """Compose a random scene.

    Args:
        photos: photographs to choose from.
        faces: float32 (n, 6), the result of `photos.teach`.
        rng: random generator.
        tilted: share of the pictures that are tilted far.

    Returns:
        The scene, uint8 (`SIZE`, `SIZE`, 3) BGR, and how its pictures have yet to be turned. If
        `tilted` is 0, they have been turned already and the list is empty.
    """
    columns, shares = zip(*GRIDS, strict=True)
    count = int(rng.choice(columns, p=shares))
    edges = np.linspace(0, SIZE, count + 1).round().astype(int)
    scene, turns = np.empty((SIZE, SIZE, 3), np.uint8), list[Turn]()
    for top, bottom in pairwise(edges):
        for left, right in pairwise(edges):
            number, face = int(rng.integers(len(photos))), None
            if len(faces) and rng.random() < AIMED:
                face = faces[rng.integers(len(faces))]
                number, face = int(face[0]), face[1:5]
            size = right - left, bottom - top
            if tilted:
                turns.append(Turn.of((left, top, right, bottom), tilted, rng))
            turn = 0.0 if tilted else angle(0.0, rng)
            scene[top:bottom, left:right] = cut(photos[number], face, size, turn, rng)
    return scene, turns


def cut(
    photo: np.ndarray,
    face: np.ndarray | None,
    size: tuple[int, int],
    turn: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Cut out a part of a photograph at a random scale and aspect: uint8 (h, w, 3) BGR.

    Args:
        photo: uint8 (H, W, 3) BGR.
        face: box (x, y, width, height) in the photograph that has to be visible, or None.
        size: (w, h) of the result, in pixels.
        turn: angle by which it is turned, clockwise in degrees.
        rng: random generator.
    """
    room, whole = np.array(size), np.array(photo.shape[1::-1])
    if face is None:
        scale = max(room / whole) * rng.uniform(0.8, 2.0)
        centre, target = whole * rng.uniform(0.2, 0.8, 2), room / 2
    else:
        tallest = max(0.8 * size[1], SMALLEST_FACE + 1)
        # Half of the heights are spread evenly on a logarithmic scale, half on a linear one. The
        # first alone gives few large faces, whose landmarks the teacher places best.
        if rng.random() < 0.5:
            height = np.exp(rng.uniform(np.log(SMALLEST_FACE), np.log(tallest)))
        else:
            height = rng.uniform(SMALLEST_FACE, tallest)
        scale = height / face[3]
        # The photograph should neither be a stamp on an empty page nor be enlarged to a blur.
        scale = np.clip(scale, 0.7 * max(room / whole), max(4.0, max(room / whole)))
        centre = face[:2] + face[2:] / 2
        # The face may lie anywhere, but most of it has to be visible, with as little as possible
        # of what lies outside the photograph.
        margin = np.minimum(0.3 * scale * face[2:], room / 2)
        low, high = room - scale * (whole - centre), scale * centre
        low, high = np.minimum(low, high), np.maximum(low, high)
        target = np.clip(rng.uniform(low, high), margin, room - margin)
    stretch = np.exp(rng.uniform(-0.25, 0.25))
    mirror = -1 if rng.random() < 0.5 else 1
    cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    stretched = np.diag([mirror * scale * stretch, scale / stretch])
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ stretched
    matrix = np.column_stack([linear, target - linear @ centre])
    # Shrinking by interpolation alone would leave aliasing that no camera shows.
    shrunk = min(1.0, 1.3 * scale)
    if shrunk < 0.75:
        photo = cv2.resize(photo, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        matrix[:, :2] /= shrunk
    border = cv2.BORDER_REFLECT_101 if rng.random() < 0.3 else cv2.BORDER_CONSTANT
    grey = float(rng.integers(256))
    return cv2.warpAffine(
        photo, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=(grey,) * 3
    )


def spoil(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Damage a scene, uint8 (h, w, 3) BGR, as worse cameras and video calls do."""
    table = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.5, 0.5))
    table = (table - 0.5) * rng.uniform(0.6, 1.3) + 0.5 + rng.uniform(-0.15, 0.15)
    if rng.random() < 0.1:
        table = table * rng.uniform(0.2, 0.6)
    gains = rng.uniform(0.85, 1.15, 3) if rng.random() < 0.5 else np.ones(3)
    tables = np.clip(table[:, None] * gains * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        scene = cv2.cvtColor(cv2.cvtColor(scene, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    scene = cv2.LUT(scene, tables[None])
    if rng.random() < 0.2:
        scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.2:
        noise = rng.standard_normal(scene.shape, dtype=np.float32) * rng.uniform(2, 12)
        scene = np.clip(scene + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(25, 95))
        _, data = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, quality])
        scene = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return scene
