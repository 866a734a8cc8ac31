"""One portrait with many expressions: its mouth is painted anew, its brows and eyes are moved.

The portrait is NASA's of Eileen Collins, in the public domain: the upper part of
`skimage.data.astronaut()`, x from 80 to 368 and y from 0 to 288. All places here are pixels of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

PORTRAIT = Path(__file__).resolve().with_name("portrait.jpg")
"""The portrait, a JPEG file of `SIDE` px each way."""

SIDE = 288
"""Width and height of the portrait, px."""

_SCALE = 2
"""All is painted at this many times the size, and then made smaller, so that edges are smooth."""

_MOUTH = [(119, 136), (130, 137), (142, 139), (154, 137), (171, 135), (169, 143), (160, 151)]
_MOUTH += [(151, 157), (142, 159), (133, 157), (125, 150)]
_FOLDS = [
    [(129, 121), (124, 128), (117, 135), (118, 140)],
    [(156, 122), (162, 128), (168, 136), (170, 142), (168, 148)],
]
_MIDDLE_X = 143.5
_INNER_BROWS = ((131, 92), (156, 92))
_OUTER_BROWS = ((115, 90), (173, 90))
_EYES = ((123, 101), (166, 103))
_LIPS_BGR = (110, 110, 172)
_LINE_BGR = (60, 55, 100)
_INSIDE_BGR = (30, 25, 50)


@dataclass(frozen=True)
class Expression:
    """How the mouth is painted, and where brows and eyes move. Lengths are px of the portrait.

    Attributes:
        curve: how far the corners of the mouth hang below its middle; negative for a smile.
        width: half the width of the mouth.
        opening: how far the lips are apart.
        mouth_y: where the middle of the mouth is.
        inner_brows: how far the inner ends of the brows go up.
        outer_brows: how far the outer ends of the brows go up.
        eyes: by which part the eyes open wider; negative narrows them.
    """

    curve: float
    width: float = 14.0
    opening: float = 0.0
    mouth_y: float = 147.0
    inner_brows: float = 0.0
    outer_brows: float = 0.0
    eyes: float = 0.0


def portrait() -> np.ndarray:
    """Returns the portrait as it was taken, with a laugh: uint8 (`SIDE`, `SIDE`, 3) BGR."""
    picture = cv2.imread(str(PORTRAIT))
    assert picture is not None
    return picture


def face(expression: Expression) -> np.ndarray:
    """Returns the portrait with another expression: uint8 (`SIDE`, `SIDE`, 3) BGR."""
    picture = _moved(_with_lips(_without_mouth(), expression), expression)
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


@cache
def _without_mouth() -> np.ndarray:
    """The enlarged portrait with skin in place of the mouth and of the folds that a laugh makes."""
    large = cv2.resize(portrait(), None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC)
    folds = np.zeros(large.shape[:2], np.uint8)
    for line in _FOLDS:
        cv2.polylines(folds, [_large(line)], False, 255, int(4.5 * _SCALE))
    picture = _filled(large, folds, 3)
    mouth = np.zeros(large.shape[:2], np.uint8)
    cv2.fillPoly(mouth, [_large(_MOUTH)], 255)
    mouth = cv2.dilate(mouth, np.ones((5, 5), np.uint8))
    picture = _filled(picture, mouth, 5)
    # Skin has grain; without it the filled place shines.
    grain = np.asarray(np.random.default_rng(0).normal(0.0, 6.0, large.shape))
    return picture + _soft(mouth / 255, 1.5) * cv2.GaussianBlur(grain, (0, 0), 0.8)


def _filled(picture: np.ndarray, mask: np.ndarray, radius: int) -> np.ndarray:
    """A picture, float (H, W, 3), where the mask is filled from what surrounds it."""
    filled = cv2.inpaint(
        np.clip(picture, 0, 255).astype(np.uint8), mask, radius * _SCALE, cv2.INPAINT_TELEA
    )
    share = _soft(mask / 255, 1.5)
    return picture * (1 - share) + cv2.GaussianBlur(filled, (0, 0), 2.0) * share


def _with_lips(picture: np.ndarray, expression: Expression) -> np.ndarray:
    u = np.linspace(-1.0, 1.0, 41)
    x = _MIDDLE_X + expression.width * u
    line = expression.mouth_y + expression.curve * u**2
    round_ = np.sqrt(np.clip(1 - u**2, 0, 1))
    bow = 1 - 0.25 * np.exp(-((u / 0.18) ** 2))
    above = line - expression.opening * round_ / 2
    below = line + expression.opening * round_ / 2
    lips = _area(x, above - 2.6 * round_ * bow, below + 3.8 * round_)
    picture = _painted(picture, _soft(lips, 0.8) * 0.85, _LIPS_BGR)
    if expression.opening:
        return _painted(picture, _soft(_area(x, above, below), 0.6), _INSIDE_BGR)
    thin = _area(x, line - 0.5, line + 0.5)
    return _painted(picture, _soft(thin, 0.5) * 0.6, _LINE_BGR)


def _area(x: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """A mask, float32 at the enlarged size, of what lies between two lines."""
    mask = np.zeros((SIDE * _SCALE, SIDE * _SCALE), np.float32)
    outline = [*zip(x, upper, strict=True), *zip(x[::-1], lower[::-1], strict=True)]
    # OpenCV takes whole numbers; with `shift` they count eighths of a pixel.
    points = np.round(np.array(outline) * _SCALE * 8).astype(np.int32)
    cv2.fillPoly(mask, [points], (1.0,), cv2.LINE_AA, 3)
    return mask


def _painted(picture: np.ndarray, share: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return picture * (1 - share) + np.array(colour, np.float64) * share


def _soft(mask: np.ndarray, blur: float) -> np.ndarray:
    return cv2.GaussianBlur(mask, (0, 0), blur * _SCALE)[..., None]


def _large(points: list[tuple[int, int]]) -> np.ndarray:
    return np.array(points, np.int32) * _SCALE


def _moved(picture: np.ndarray, expression: Expression) -> np.ndarray:
    """Move brows and eyelids; returns uint8 at the enlarged size."""
    y, x = np.mgrid[0 : SIDE * _SCALE, 0 : SIDE * _SCALE].astype(np.float32) / _SCALE
    up = np.zeros_like(x)
    for points, height, spread in (
        (_INNER_BROWS, expression.inner_brows, 6),
        (_OUTER_BROWS, expression.outer_brows, 8),
    ):
        for left, top in points:
            up += height * np.exp(-(((x - left) / spread) ** 2 + ((y - top) / 5) ** 2) / 2)
    for left, top in _EYES:
        near = np.exp(-(((x - left) / 9) ** 2 + ((y - top) / 6) ** 2) / 2)
        up -= expression.eyes * (y - top) * near
    return cv2.remap(
        np.clip(picture, 0, 255).astype(np.uint8),
        x * _SCALE,
        (y + up) * _SCALE,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
