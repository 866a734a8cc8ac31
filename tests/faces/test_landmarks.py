"""Eyes and blinks; with the optional extra also HOG and the 68 points of real faces."""

from __future__ import annotations

import numpy as np
import pytest

from fer.faces import landmarks
from fer.faces.core import MoodCore
from fer.faces.detect import load_detector
from fer.faces.landmarks import BlinkCounter, eye_aspect_ratio
from fer.media.video import probe
from fer.recordings.lecture import analyze_lecture
from fer.recordings.segment import Plan
from fer.settings import Settings
from tests.footage import cut, make_video

extra = pytest.mark.skipif(
    not landmarks.available(), reason=f"needs the extra: {landmarks.HOW_TO_GET}"
)


def eyes(height):
    """68 points, of which only the eyes matter: 30 px wide and `height` px high."""
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


def blinks(series, rate=25.0):
    counter = BlinkCounter()
    ends = [n / rate for n, value in enumerate(series) if counter.update(n / rate, value)]
    assert counter.blinks == len(ends)
    return ends


def with_closings(*closings, rate=25.0, usual=0.3, seconds=10):
    """A series with the eyes closed in the given intervals (start, end) in s."""
    t = np.arange(int(seconds * rate)) / rate
    series = usual + 0.01 * np.sin(40 * t)
    for start, end in closings:
        series[(t >= start) & (t < end)] = usual * 0.4
    return series


def test_a_blink_is_counted_when_it_ends():
    assert blinks(with_closings((3.0, 3.2), (6.0, 6.3))) == pytest.approx([3.2, 6.32], abs=0.05)


@pytest.mark.parametrize("usual", [0.18, 0.30, 0.42])
def test_the_limit_is_the_persons_own(usual):
    assert len(blinks(with_closings((3.0, 3.2), usual=usual))) == 1


@pytest.mark.parametrize(
    ("what", "series"),
    [
        ("open eyes", with_closings()),
        ("one slip of the landmarks", with_closings((3.0, 3.03))),
        ("eyes closed for two seconds", with_closings((3.0, 5.0))),
        ("no eyes", np.full(250, np.nan)),
        ("a closing before the baseline is known", with_closings((0.2, 0.4))),
    ],
)
def test_no_blink(what, series):
    assert blinks(series) == []


def test_a_face_that_leaves_with_closed_eyes_has_not_blinked():
    series = with_closings((3.0, 3.2))
    series[78:85] = np.nan
    assert blinks(series) == []


def test_eyes_that_dance_on_the_limit_blink_once():
    series = with_closings((3.0, 3.3))
    series[75:82] = np.tile([0.21, 0.23], 4)[:7]
    assert len(blinks(series)) == 1


def test_without_the_extra_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(landmarks, "available", lambda: False)
    path = make_video(tmp_path / "a.mp4", frames=2)
    with pytest.raises(ValueError, match=r"requirements-landmarks\.txt"):
        Plan.of(probe(path), 2.0, blinks=True)


def test_key_frames_are_too_few_for_blinks(tmp_path):
    with pytest.raises(ValueError, match="key frames"):
        Plan.of(probe(make_video(tmp_path / "a.mp4", frames=2)), 2.0, True, True)


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


@extra
def test_the_blink_of_a_student(media, yunet, classifier, tmp_path):
    path = cut(media / "student_surprised_640x360.mp4", tmp_path / "a.mp4", 4.0)
    core = MoodCore(yunet, classifier)
    report = analyze_lecture(path, core=core, blinks=True, voice=False)
    blinked = report.timeline.loc[report.timeline["blinks"] > 0, "t"].tolist()
    # Seen by eye: closed from 2.44 to 2.72 s.
    assert blinked == pytest.approx([2.75], abs=0.2)
    assert report.summary["blinks_per_minute"] == pytest.approx(15, abs=0.5)
    assert report.faces["ear"].between(0.1, 0.5).all()
