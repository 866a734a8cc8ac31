"""Random changes of training faces, in NumPy and OpenCV.

Each function is given its random generator, so a batch is a pure function of (seed, epoch, batch
number), and an interrupted training continues with exactly the faces that it would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """How strongly faces are changed; with all values at zero they are only resized.

    Attributes:
        rotation: largest turn in either direction, in degrees.
        scale: largest relative change of size (0.12 means 12 % larger or smaller).
        shift: largest move in either direction, as a share of the width.
        flip: whether half of the faces are mirrored.
        gamma: largest change of gamma, as a natural logarithm (0.3 means 0.74 to 1.35).
        blur: share of the faces that are slightly blurred.
        erase: share of the faces in which one rectangle is replaced by noise.
        erase_area: largest area of that rectangle, as a share of the face.
    """

    rotation: float = 12.0
    scale: float = 0.12
    shift: float = 0.10
    flip: bool = True
    gamma: float = 0.3
    blur: float = 0.1
    erase: float = 0.3
    erase_area: float = 0.15

    @classmethod
    def none(cls) -> Augmentation:
        """Settings that only resize faces."""
        return cls(0, 0, 0, False, 0, 0, 0, 0)


def augment(
    faces: np.ndarray, size: int, how: Augmentation, rng: np.random.Generator
) -> np.ndarray:
    """Change each face at random and resize it to `size` pixels.

    Args:
        faces: uint8 (N, h, w) grey or (N, h, w, 3).
        size: height and width of the result, in pixels.
        how: how strongly faces are changed.
        rng: random generator.

    Returns:
        float32 (N, size, size, C) in 0..255; C is 1 for grey faces and otherwise 3.

    Raises:
        ValueError: the faces have another type or shape.
    """
    if faces.dtype != np.uint8 or faces.ndim not in (3, 4):
        raise ValueError(
            f"faces must be uint8 (N, h, w) or (N, h, w, 3), got {faces.dtype} {faces.shape}"
        )
    count = len(faces)
    channels = 1 if faces.ndim == 3 else faces.shape[3]
    out = np.empty((count, size, size, channels), np.float32)
    angles = rng.uniform(-how.rotation, how.rotation, count)
    scales = np.exp(rng.uniform(-1, 1, count) * np.log1p(how.scale))
    shifts = rng.uniform(-how.shift, how.shift, (count, 2))
    mirrored = (rng.random(count) < 0.5) & how.flip
    gammas = np.exp(rng.uniform(-how.gamma, how.gamma, count))
    blurred = rng.random(count) < how.blur
    sigmas = rng.uniform(0.4, 1.2, count) * size / 48
    erased = rng.random(count) < how.erase
    for i, face in enumerate(faces):
        matrix = affine(face.shape[:2], size, angles[i], scales[i], shifts[i], mirrored[i])
        face = warp(face, matrix, size)
        if how.gamma:
            face = cv2.LUT(face, _gamma_table(gammas[i]))
        if blurred[i]:
            face = cv2.GaussianBlur(face, (0, 0), sigmas[i])
        out[i] = face.reshape(size, size, channels)
        if erased[i]:
            _erase(out[i], how.erase_area, rng)
    return out


def tilt(faces: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Turn some faces as far as heads are propped on a hand, which `augment` does not.

    Args:
        faces: float32 (N, s, s, C).
        share: share of the faces that are turned, by 12 to 50 degrees in either direction.
        rng: random generator.

    Returns:
        float32 (N, s, s, C), a copy if faces are turned.
    """
    if not share:
        return faces
    faces = faces.copy()
    for i in np.flatnonzero(rng.random(len(faces)) < share):
        size = faces.shape[1]
        angle, scale = rng.uniform(12, 50) * rng.choice((-1, 1)), rng.uniform(0.9, 1.15)
        turned = warp(faces[i], affine((size, size), size, angle=angle, scale=scale), size)
        faces[i] = turned.reshape(faces[i].shape)
    return faces


def affine(
    shape: tuple[int, int],
    size: int,
    angle: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] | np.ndarray = (0.0, 0.0),
    mirrored: bool = False,
) -> np.ndarray:
    """Make the matrix (2, 3) that maps a face of `shape` (h, w) onto size × size pixels.

    Args:
        shape: height and width of the face, in pixels.
        size: height and width of the result, in pixels.
        angle: turn about the centre, in degrees.
        scale: factor by which the face becomes larger.
        shift: move to the right and down, as a share of the size.
        mirrored: whether left and right change places.
    """
    height, width = shape
    turn = np.deg2rad(angle)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    to_centre = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1]])
    resize = np.diag([(-1 if mirrored else 1) * size / width, size / height, 1.0])
    turn_scale = np.array([[cos, -sin, shift[0] * size], [sin, cos, shift[1] * size], [0, 0, 1]])
    back = np.array([[1, 0, (size - 1) / 2], [0, 1, (size - 1) / 2], [0, 0, 1]])
    return (back @ turn_scale @ resize @ to_centre)[:2]


def warp(face: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Apply an affine matrix (2, 3) to a face; pixels from outside it repeat its border.

    Black pixels there would shift the mean, which the standardisation subtracts afterwards.
    """
    return cv2.warpAffine(
        face, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def normalize(faces: np.ndarray, how: dict) -> np.ndarray:
    """Prepare faces as the app does by the model's card.

    Args:
        faces: float32 or uint8 (N, h, w, C), values 0..255.
        how: the card's `normalization`, of the kind "standardize" (for each face) or "scale".

    Returns:
        float32 (N, h, w, C).
    """
    faces = faces.astype(np.float32, copy=False)
    if how["kind"] == "scale":
        return faces * np.float32(how["scale"]) + np.float32(how["offset"])
    mean = faces.mean((1, 2, 3), keepdims=True)
    deviation = faces.std((1, 2, 3), keepdims=True)
    return (faces - mean) / (deviation + np.float32(how["epsilon"]))


def _gamma_table(gamma: float) -> np.ndarray:
    return (np.linspace(0, 1, 256) ** gamma * 255).astype(np.uint8)


def _erase(face: np.ndarray, largest: float, rng: np.random.Generator) -> None:
    """Fill one rectangle of `face` (float32 (h, w, C), changed in place) with noise."""
    size = face.shape[0]
    area = rng.uniform(0.02, largest) * size * size
    aspect = np.exp(rng.uniform(-0.7, 0.7))
    height = int(np.clip(np.sqrt(area * aspect), 1, size))
    width = int(np.clip(np.sqrt(area / aspect), 1, size))
    top = rng.integers(0, size - height + 1)
    left = rng.integers(0, size - width + 1)
    noise = rng.uniform(0, 255, (height, width, face.shape[2]))
    face[top : top + height, left : left + width] = noise
