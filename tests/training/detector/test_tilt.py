"""How a detector is measured on tilted heads."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.faces.detect.base import Detection
from fer.training.detector import tilt


def coloured_face(frame: np.ndarray) -> list[Detection]:
    """A detector that needs no network: a red and a blue dot are the eyes of a face."""
    eyes = [np.argwhere(frame[..., colour] > 200).mean(0)[::-1] for colour in (2, 0)]
    if np.isnan(eyes).any():
        return []
    x, y = np.mean(eyes, axis=0)
    points = np.array([*eyes, [x, y], *eyes], np.float32)
    return [Detection((x - 40, y - 40, 80, 80), 0.9, points)]


@pytest.fixture
def picture():
    picture = np.zeros((200, 200, 3), np.uint8)
    cv2.circle(picture, (85, 100), 5, (0, 0, 255), -1)
    cv2.circle(picture, (115, 100), 5, (255, 0, 0), -1)
    return picture


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_eyes_that_follow_the_tilt_have_no_error(picture):
    nobody = np.zeros_like(picture)
    figures = tilt.figures(coloured_face, [picture, nobody])
    assert figures.keys() == {"15", "30", "45"}
    for row in figures.values():
        assert row["faces"] == 2
        assert row["found"] == 1
        assert row["eye_angle_error"] < 2


def test_eyes_that_stay_level_are_wrong_by_the_whole_tilt(picture):
    (level,) = coloured_face(picture)
    figures = tilt.figures(lambda frame: [level], [picture])
    assert figures["30"]["eye_angle_error"] == pytest.approx(30)


def test_a_face_elsewhere_is_not_the_same_face(picture):
    (level,) = coloured_face(picture)
    away = Detection((level.box[0] + 40, *level.box[1:]), 0.9, level.landmarks)
    seen = iter([[level], *[[away]] * 6])
    row = tilt.figures(lambda frame: next(seen), [picture])["15"]
    assert (row["faces"], row["found"], row["eye_angle_error"]) == (2, 0, None)


def test_without_faces_there_are_no_figures(picture):
    assert tilt.figures(lambda frame: [], [picture])["45"] == {
        "faces": 0,
        "found": None,
        "eye_angle_error": None,
    }
