"""How far eyes are open and, with the optional extra, HOG and the 68 points of real faces."""

from __future__ import annotations

import numpy as np
import pytest

from fer.faces import landmarks
from fer.faces.detect.load import load_detector
from fer.faces.landmarks import eye_aspect_ratio
from fer.settings import Settings

extra = pytest.mark.skipif(
    not landmarks.available(), reason=f"needs the extra: {landmarks.HOW_TO_GET}"
)


def eyes(height):
    """68 points of which only the eyes matter; these are 30 px wide and `height` px high."""
    points = np.zeros((68, 2), np.float32)
    for first, x in ((36, 100), (42, 200)):
        points[first : first + 6] = [
            (x, 50),
            (x + 10, 50 - height / 2),
            (x + 20, 50 - height / 2),
            (x + 30, 50),
            (x + 20, 50 + height / 2),
            (x + 10, 50 + height / 2),
        ]
    return points


@pytest.mark.parametrize(("height", "ratio"), [(0, 0.0), (9, 0.3), (15, 0.5)])
def test_eye_aspect_ratio(height, ratio):
    assert eye_aspect_ratio(eyes(height)) == pytest.approx(ratio)


def test_eyes_without_width():
    assert np.isfinite(eye_aspect_ratio(np.zeros((68, 2))))


@extra
def test_points_of_a_face(astronaut, yunet):
    (face,) = yunet.detect(astronaut)
    points = landmarks.face_points(astronaut, face.box)
    right, left, nose = points[36:42].mean(axis=0), points[42:48].mean(axis=0), points[30]
    side = np.sqrt(face.box[2] * face.box[3])
    for mine, theirs in zip((right, left, nose), face.landmarks[:3], strict=True):
        assert np.hypot(*(mine - theirs)) < 0.15 * side
    assert 0.15 < eye_aspect_ratio(points) < 0.5


@extra
def test_hog_finds_what_yunet_finds(astronaut, yunet):
    detector = load_detector(Settings(detector="hog"))
    assert detector.name == "hog"
    (face,) = detector.detect(astronaut)
    (other,) = yunet.detect(astronaut)
    for box, name in ((face.box, detector), (other.box, yunet)):
        assert min(box) >= 0, name
    middle = np.array(face.box[:2]) + np.array(face.box[2:]) / 2
    other_middle = np.array(other.box[:2]) + np.array(other.box[2:]) / 2
    side = detector.crop_side * np.sqrt(face.box[2] * face.box[3])
    other_side = yunet.crop_side * np.sqrt(other.box[2] * other.box[3])
    assert side == pytest.approx(other_side, rel=0.2)
    assert np.hypot(*(middle - other_middle)) < 0.15 * side
    assert np.abs(face.landmarks - other.landmarks).max() < 0.2 * side
