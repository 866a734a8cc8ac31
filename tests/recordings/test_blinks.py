"""Tests of counting blinks in recordings: what it needs, and the blink of a real face."""

import pytest

from fer.faces import landmarks
from fer.faces.core import MoodCore
from fer.media.probe import probe
from fer.recordings.lecture import analyze_lecture
from fer.recordings.segment import Plan
from tests.footage import cut, make_video


def test_without_the_extra_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(landmarks, "available", lambda: False)
    path = make_video(tmp_path / "a.mp4", frames=2)
    with pytest.raises(ValueError, match=r"requirements-landmarks\.txt"):
        Plan.of(probe(path), 2.0, blinks=True)


def test_key_frames_are_too_few_for_blinks(tmp_path):
    with pytest.raises(ValueError, match="key frames"):
        Plan.of(probe(make_video(tmp_path / "a.mp4", frames=2)), 2.0, True, True)


@pytest.mark.skipif(not landmarks.available(), reason=f"needs the extra: {landmarks.HOW_TO_GET}")
def test_the_blink_of_a_student(media, yunet, classifier, tmp_path):
    path = cut(media / "student_surprised_640x360.mp4", tmp_path / "a.mp4", 4.0)
    core = MoodCore(yunet, classifier)
    report = analyze_lecture(path, core=core, blinks=True, voice=False)
    blinked = report.timeline.loc[report.timeline["blinks"] > 0, "t"].tolist()
    # Seen by eye: closed from 2.44 to 2.72 s.
    assert blinked == pytest.approx([2.75], abs=0.2)
    assert report.summary["blinks_per_minute"] == pytest.approx(15, abs=0.5)
    assert report.faces["ear"].between(0.1, 0.5).all()
