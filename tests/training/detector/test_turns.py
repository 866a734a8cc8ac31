"""Turned pictures, and the teacher's answers that turn with them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer.faces.detect.anchor_free import decode, grid, suppress
from fer.training.detector.answers import FACE_FROM, SIZE, turned
from fer.training.detector.turns import STEEPEST, Turn, angle, ellipses

WHOLE = (0, 0, SIZE, SIZE)
FACE = np.array([[-12, -10], [12, -10], [0, 0], [-10, 12], [10, 12]], np.float32)
"""The landmarks of a face of 40x50 px, from its middle."""


def level_answers(middles, scores=((0, 0, 0.9), (1, 0, 0.6), (-1, 0, 0.5)), stride=8):
    """The answers to faces of 40x50 px; `scores` are (column, row, score) from their places."""
    corners, strides = grid(SIZE, SIZE)
    answers = np.zeros((len(corners), 15), np.float32)
    start = int(np.argmax(strides[:, 0] == stride))
    for middle in middles:
        for column, row, score in scores:
            x, y = int(middle[0] // stride) + column, int(middle[1] // stride) + row
            at = start + y * (SIZE // stride) + x
            points = (FACE + middle) / stride - corners[at]
            size = np.log(np.array([40, 50]) / stride)
            answers[at] = [score, *(middle / stride - corners[at]), *size, *points.ravel()]
    return answers


def seen(answers):
    """The faces in answers, highest score first: rows (n, 15), see `decode`."""
    places = np.flatnonzero(answers[:, 0] > FACE_FROM)
    corners, strides = grid(SIZE, SIZE)
    rows = decode(answers[places], corners[places], strides[places])
    return rows[suppress(rows)] if len(rows) else rows


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("degrees", [-50.0, -20.0, 0.0, 33.0])
def test_the_answer_lies_on_the_turned_face(degrees, stride):
    """A picture with a dot at each landmark is turned, and so is the answer."""
    middle = np.array([190.0, 130.0], np.float32)
    scene = np.zeros((SIZE, SIZE, 3), np.uint8)
    for x, y in FACE + middle:
        cv2.circle(scene, (int(x), int(y)), 2, (255, 255, 255), -1)
    turn = Turn(*WHOLE, degrees)
    picture = turn.picture(scene, np.random.default_rng(0))
    level = level_answers([middle], ((0, 0, 0.9),), stride)
    answers = turned(level, [turn])
    (row,) = seen(answers)
    np.testing.assert_allclose(row[4], 0.9, rtol=1e-4)
    points = row[5:].reshape(5, 2)
    for x, y in points:
        assert picture[round(float(y)), round(float(x)), 0] > 128
    eyes = points[1] - points[0]
    assert np.degrees(np.arctan2(eyes[1], eyes[0])) == pytest.approx(degrees, abs=0.1)
    # The box lies around the landmarks, and the surest place under its middle.
    np.testing.assert_allclose(row[:2] + row[2:4] / 2, turn.moved(middle, degrees), atol=0.01)
    surest = np.argmax(answers[:, 0])
    corners, strides = grid(SIZE, SIZE)
    assert strides[surest, 0] == stride
    apart = (corners[surest] + 0.5) * stride - turn.moved(middle, degrees)
    assert np.abs(apart).max() <= stride
    if degrees == 0:
        np.testing.assert_allclose(answers, level, atol=1e-4)


def test_scores_keep_their_centre():
    """All places of a face, weighed by their scores, lie around its middle as before."""
    middle = np.array([204.0, 132.0], np.float32)  # the middle of a place
    level = level_answers([middle])
    turn = Turn(*WHOLE, 27.0)
    answers = turned(level, [turn])
    points = (grid(SIZE, SIZE)[0] + 0.5) * grid(SIZE, SIZE)[1]

    def centre(scores):
        return (points * scores[:, None]).sum(axis=0) / scores.sum()

    moved = centre(answers[:, 0]) - centre(level[:, 0])
    np.testing.assert_allclose(moved, turn.moved(middle, 27.0) - middle, atol=0.1)
    assert answers[:, 0].max() == pytest.approx(0.9, rel=1e-4)


def test_places_without_a_face_move_with_what_they_see():
    level = level_answers([])
    level[:, 0] = np.linspace(0, FACE_FROM - 0.01, len(level))
    answers = turned(level, [Turn(*WHOLE, 90.0)])
    across = SIZE // 8
    scores, before = (a[: across**2, 0].reshape(across, across) for a in (answers, level))
    np.testing.assert_array_equal(scores, np.rot90(before, -1))
    assert (answers[:, 1:] == 0).all()


def test_a_face_that_leaves_its_picture_is_no_face():
    halves = [Turn(0, 0, 160, SIZE, 45.0), Turn(160, 0, SIZE, SIZE)]
    # The first one turns out of the left half, the second one never lay quite inside it.
    middles = np.array([[30, 290], [150, 160], [240, 100]], np.float32)
    (row,) = seen(turned(level_answers(middles), halves))
    np.testing.assert_allclose(row[:4], [220, 75, 40, 50], atol=0.01)


def test_a_disc_turns_by_itself():
    turn = Turn(*WHOLE, 0.0, 100.0, 40.0)
    inside, outside, between = np.array([[190, 130], [30, 40], [252, 160]], np.float32)
    rows = seen(turned(level_answers([inside, outside, between]), [turn]))
    assert len(rows) == 2  # the rim goes through the third
    angles = {}
    for row in rows:
        eyes = row[7:9] - row[5:7]
        angles[bool(turn.in_disc(row[5:7]))] = np.degrees(np.arctan2(eyes[1], eyes[0]))
    assert angles == {True: pytest.approx(40, abs=0.1), False: pytest.approx(0, abs=0.1)}
    scene = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    scene[:] = cv2.GaussianBlur(scene, (0, 0), 8)
    picture = turn.picture(scene, np.random.default_rng(0))
    np.testing.assert_array_equal(picture[:40], scene[:40])
    whole = Turn(*WHOLE, 40.0).picture(scene, np.random.default_rng(0))
    np.testing.assert_allclose(picture[120:200, 120:200], whole[120:200, 120:200], atol=1)


def test_angles():
    rng = np.random.default_rng(2)
    far = np.array([angle(1.0, rng) for _ in range(2000)])
    assert STEEPEST - 1 < np.abs(far).max() <= STEEPEST
    assert abs(far.mean()) < 2
    usual = np.array([angle(0.0, rng) for _ in range(2000)])
    assert (usual == 0).mean() == pytest.approx(0.5, abs=0.05)
    assert np.std(usual[usual != 0]) == pytest.approx(12, abs=1)


def test_boxes_around_turned_faces():
    sizes = np.array([[30, 40]] * 3, np.float32)
    around = ellipses(sizes, np.array([0.0, 90.0, -45.0]))
    half = np.hypot(30, 40) / np.sqrt(2)
    np.testing.assert_allclose(around, [[30, 40], [40, 30], [half, half]], rtol=1e-5)
