"""Turns the pictures of a scene, as heads tilt in front of a camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

STEEPEST = 50.0
"""The largest angle by which a picture is tilted, in degrees."""

USUAL = 12.0
"""Standard deviation of the angles of the pictures that are not tilted but turned, in degrees."""

DISCS = 0.5
"""The share of the pictures in which a disc is turned by an angle of its own."""


@dataclass(frozen=True)
class Turn:
    """A picture in a scene, and the angles by which it is turned about its middle.

    A network could tell a tilt from the edges of a turned picture, or from the horizon, instead of
    from the face. So in some pictures a disc has another angle than what surrounds it. Either may
    be level.

    Attributes:
        left, top, right, bottom: edges of the picture, in pixels of the scene.
        angle: clockwise, in degrees.
        radius: of the disc in pixels, 0 without one.
        inner: angle of the disc, clockwise in degrees.
    """

    left: int
    top: int
    right: int
    bottom: int
    angle: float = 0.0
    radius: float = 0.0
    inner: float = 0.0

    @classmethod
    def of(cls, edges: tuple[int, int, int, int], tilted: float, rng: np.random.Generator) -> Turn:
        """Draw the angles and the disc of a picture, given its edges, see `angle`."""
        outer, inner, radius = angle(tilted, rng), angle(tilted, rng), 0.0
        if rng.random() < DISCS:
            left, top, right, bottom = edges
            radius = rng.uniform(0.4, 1.0) * min(right - left, bottom - top) / 2
        return cls(*edges, outer, radius, inner)

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Whether points lie in the picture: bool (...).

        Args:
            points: (..., 2), as (x, y) in pixels of the scene.
        """
        low, high = (self.left, self.top), (self.right, self.bottom)
        return np.all((points >= low) & (points < high), axis=-1)

    def in_disc(self, points: np.ndarray) -> np.ndarray:
        """Whether points, as `holds` takes them, lie in the disc, before and after the turn."""
        return np.linalg.norm(points - self._middle(), axis=-1) < self.radius

    def angles(self, points: np.ndarray) -> np.ndarray:
        """The angle by which each point, as `holds` takes them, is turned: float (...)."""
        return np.where(self.in_disc(points), self.inner, self.angle)

    def moved(self, points: np.ndarray, angles: np.ndarray | float) -> np.ndarray:
        """Turn points, as `holds` takes them, about the middle; `angles` (...) are clockwise."""
        cosine, sine = np.cos(np.deg2rad(angles)), np.sin(np.deg2rad(angles))
        x, y = np.moveaxis(points - self._middle(), -1, 0)
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], -1) + self._middle()

    def picture(self, scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Cut the turned picture out of a scene.

        Its corners show what was outside. That is one colour or the repeated pixels of the edge,
        but no mirror image, since the answers hold no mirrored faces.

        Args:
            scene: uint8 (H, W, 3) BGR.
            rng: random generator, which chooses what the corners and the rim of the disc show.

        Returns:
            uint8 (h, w, 3) BGR.
        """
        level = scene[self.top : self.bottom, self.left : self.right]
        border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
        grey = float(rng.integers(256))
        turned = _turned(level, self.angle, border, grey)
        if self.radius == 0:
            return turned
        rows, columns = np.ogrid[self.top : self.bottom, self.left : self.right]
        middle = self._middle()
        distance = np.hypot(columns - middle[0], rows - middle[1])
        rim = rng.uniform(1.0, 1.0 + 0.2 * self.radius)
        share = np.clip((self.radius - distance) / rim + 0.5, 0, 1)[..., None].astype(np.float32)
        disc = _turned(level, self.inner, border, grey)
        return (share * disc + (1 - share) * turned).astype(np.uint8)

    def _middle(self) -> np.ndarray:
        return np.array([self.left + self.right, self.top + self.bottom], np.float32) / 2


def angle(tilted: float, rng: np.random.Generator) -> float:
    """Draw the angle by which a picture is turned, clockwise in degrees.

    Args:
        tilted: share of the pictures that are turned by any angle up to `STEEPEST`. Of the others,
            half are turned by little.
        rng: random generator.
    """
    if rng.random() < tilted:
        return float(rng.uniform(-STEEPEST, STEEPEST))
    return float(rng.normal(0, USUAL)) if rng.random() < 0.5 else 0.0


def ellipses(sizes: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Find the sizes of the upright boxes around turned faces.

    A face is taken for an ellipse that fills its box. The box around the turned box would be half
    as large again at 45 degrees.

    Args:
        sizes: (n, 2), width and height of the faces' boxes before the turn.
        angles: (n,), in degrees.

    Returns:
        (n, 2), width and height.
    """
    turns = np.deg2rad(angles)[:, None]
    return np.hypot(np.cos(turns) * sizes, np.sin(turns) * sizes[:, ::-1])


def _turned(picture: np.ndarray, angle: float, border: int, grey: float) -> np.ndarray:
    if angle == 0:
        return picture
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    size, colour = (width, height), (grey,) * 3
    return cv2.warpAffine(
        picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour
    )
