"""Head pose from five landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from fer.faces.pose import head_pose
from fer.media.video import samples

FACE = np.array(
    [(-0.5, 0, 0), (0.5, 0, 0), (0, 0.6, -0.6), (-0.39, 1.11, -0.09), (0.39, 1.11, -0.09)]
)


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
    poses = {}
    for sample in samples(media / "student_surprised_640x360.mp4", 1.0):
        (face,) = yunet.detect(sample.image)
        poses[round(sample.t)] = head_pose(face.landmarks)
    yaws = np.array([pose[0] for pose in poses.values()])
    assert np.abs(yaws).max() > 15
    assert np.abs(np.median(yaws)) < 10
    assert all(abs(roll) < 15 for _, _, roll in poses.values())
