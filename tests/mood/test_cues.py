"""Cues: smile index, posture, head pose, presence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer.faces.core import FaceReading, FaceState
from fer.mood.cues import (
    CUES,
    EXPERIMENTAL,
    HEURISTIC,
    MEASURED,
    TURNED_BELOW,
    Posture,
    expected_faces,
    head_pose,
    presence,
    smile_index,
)

FACE = np.array(
    [(-0.5, 0, 0), (0.5, 0, 0), (0, 0.6, -0.6), (-0.39, 1.11, -0.09), (0.39, 1.11, -0.09)]
)
EVEN = np.full(7, 1 / 7, np.float32)


def seen(yaw=0.0, pitch=0.0, roll=0.0, size=60.0):
    """Landmarks of a head turned by these angles, seen from far away."""
    a, b, c = np.radians((yaw, pitch, roll))
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    tilt = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return (size * FACE @ (tilt @ turn @ nod).T)[:, :2] + (320, 200)


@pytest.mark.parametrize(
    ("angles", "expected"),
    [
        ({}, (0, 0, 0)),
        ({"yaw": 30}, (30, 0, 0)),
        ({"yaw": -50}, (-50, 0, 0)),
        ({"pitch": 20}, (0, 20, 0)),
        ({"pitch": -25}, (0, -25, 0)),
        ({"roll": 15}, (0, 0, 15)),
        ({"yaw": 30, "size": 10}, (30, 0, 0)),
    ],
)
def test_head_pose_of_a_turned_model(angles, expected):
    assert head_pose(seen(**angles)) == pytest.approx(expected, abs=0.5)


def test_turned_heads_look_where_the_nose_points():
    assert seen(yaw=30)[2, 0] > seen()[2, 0]
    assert seen(pitch=20)[2, 1] < seen()[2, 1]


@pytest.mark.parametrize(
    "landmarks", [None, np.full((5, 2), np.nan), np.zeros((5, 2)), np.full((5, 2), 7.0)]
)
def test_head_pose_that_cannot_be_told(landmarks):
    assert np.isnan(head_pose(landmarks)).all()


def test_real_heads(yunet, media):
    """The surprised student looks ahead at first and to a side at 12 s."""
    from fer.media.video import samples

    poses = {}
    for sample in samples(media / "student_surprised_640x360.mp4", 1.0):
        (face,) = yunet.detect(sample.image)
        poses[round(sample.t)] = head_pose(face.landmarks)
    yaws = np.array([pose[0] for pose in poses.values()])
    assert np.abs(yaws).max() > 15
    assert np.abs(np.median(yaws)) < 10
    assert all(abs(roll) < 15 for _, _, roll in poses.values())


def reading(x=10, state=FaceState.READ):
    return FaceReading((x, 10, 40, 40), EVEN, state=state)


def test_posture_compares_each_face_with_its_own_first_crop(astronaut):
    face = astronaut[60:220, 150:310]
    posture = Posture()
    assert posture.update(0.0, [reading()], [face]) == [1.0]
    assert posture.update(0.5, [reading()], [face]) == pytest.approx([1.0])
    (upside_down,) = posture.update(1.0, [reading()], [face[::-1]])
    assert upside_down < TURNED_BELOW
    # A second face has its own reference, and leaves the first one's alone.
    assert posture.update(1.5, [reading(300), reading()], [face[::-1], face]) == pytest.approx(
        [1.0, 1.0]
    )


def test_posture_forgives_a_small_shift(astronaut):
    posture = Posture()
    posture.update(0.0, [reading()], [astronaut[60:220, 150:310]])
    (moved,) = posture.update(0.5, [reading()], [astronaut[64:224, 153:313]])
    assert moved > TURNED_BELOW


def test_posture_needs_a_face_that_could_be_read(astronaut):
    face = astronaut[60:220, 150:310]
    posture = Posture()
    assert np.isnan(posture.update(0.0, [reading(state=FaceState.UNREAD)], [face])).all()
    assert posture.update(0.5, [reading()], [face]) == [1.0]
    assert posture.update(1.0, [reading(state=FaceState.UNREAD)], [face]) == pytest.approx([1.0])


def timeline(rows):
    return pd.DataFrame(rows, columns=["frames", "faces", "unread", "unsure", "smile"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 1, 0, 0, 1.0), (1, 1, 0, 0, 0.0)], (0.5, 0.5)),
        # Nine smiling faces in one frame weigh more than one sober face in the other.
        ([(1, 9, 0, 0, 1.0), (1, 1, 0, 0, 0.0)], (0.9, 0.5)),
        # Faces that could not be read and frames without a face count for nothing.
        ([(1, 4, 2, 0, 0.5), (1, 0, 0, np.nan, np.nan), (1, 3, 3, np.nan, np.nan)], (0.5, 1.0)),
        # Nor do unsure faces: of four, two are unsure and one smiles; then all are unsure.
        ([(1, 4, 0, 0.5, 0.25), (1, 4, 0, 1.0, 0.0)], (0.5, 1.0)),
        ([(1, 0, 0, np.nan, np.nan)], (np.nan, np.nan)),
        ([], (np.nan, np.nan)),
    ],
)
def test_smile_index(rows, expected):
    assert smile_index(timeline(rows)) == pytest.approx(expected, nan_ok=True)


def test_presence():
    counts = [10] * 80 + [4] * 20
    assert expected_faces(counts) == 10
    # A passer-by in few frames is not expected.
    assert expected_faces([1] * 95 + [2] * 5) == 1
    np.testing.assert_allclose(presence([10, 5, 12, 0], 10), [1.0, 0.5, 1.0, 0.0])
    assert np.isnan(presence([0, 0], 0)).all()
    assert expected_faces([]) == 0


def test_every_cue_says_what_it_is_not_for():
    for cue in CUES.values():
        assert cue.label in (MEASURED, HEURISTIC, EXPERIMENTAL)
        assert cue.meaning
        assert cue.not_for
