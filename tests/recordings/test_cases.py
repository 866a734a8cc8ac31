"""Analyses files from bug reports of other tools, if these files are there.

Other tests make files of the same kinds; these are the originals.
"""

from __future__ import annotations

import pytest

from fer.faces.core import MoodCore
from fer.recordings.lecture import analyze_lecture


@pytest.fixture(scope="module")
def cases(media):
    folder = media.parent / "cases"
    if not folder.is_dir():
        pytest.skip("the collected cases are not at hand")
    return folder


@pytest.fixture(scope="module")
def report_on(cases):
    core = MoodCore.load()
    return lambda name: analyze_lecture(cases / name, core=core)


@pytest.mark.parametrize(
    ("name", "rows", "faces", "remark"),
    [
        ("cover_as_first_video.mkv", 8, 1.0, ""),
        (
            "cut_off_at_40_percent.mp4",
            14,
            1.0,
            "it ends after 0:06 of the 0:20 that",
        ),
        ("first_sound_track_silent.mp4", 8, 1.0, "Track 2 was analysed"),
        ("intra_refresh.mkv", 20, 1.0, ""),
        ("joined_clock_restarts.ts", 20, 0.5, "joined from 2 parts"),
        ("mirror_matrix_hflip.mp4", 6, 1.0, ""),
        ("one_picture_in_10s.mp4", 221, 1.0, ""),
        ("size_changes.webm", 18, 1.0, ""),
        ("vfr_held_picture.mkv", 80, 0.75, ""),
        ("vfr_same_as_cfr.mkv", 80, 0.75, ""),
    ],
)
def test_pictures(report_on, name, rows, faces, remark):
    report = report_on(name)
    assert len(report.timeline) == rows
    assert report.summary["mean_faces"] == pytest.approx(faces)
    assert report.faces["track"].nunique() == 1
    # The face stays where it is, whatever is done to the file around it.
    assert report.faces["x"].between(100, 120).all()
    assert report.summary["dominant"] == "happy"
    assert remark in " ".join(report.summary.get("remarks", ()))


@pytest.mark.parametrize("name", ["speech_right_is_left_inverted.m4a", "voice_as_it_should_be.m4a"])
def test_sound(report_on, name):
    voice = report_on(name).voice
    assert voice.timeline["speech"].sum() == len(voice.timeline) == 8
