"""Reports on recordings with still pictures, with several tracks, or with a missing end."""

from __future__ import annotations

import io
import logging

import av
import numpy as np
import pandas as pd
import pypdf
import pytest

from fer.__main__ import main
from fer.errors import RecordingError
from fer.faces.detect.base import Detection
from fer.recordings.lecture import analyze_lecture
from fer.recordings.unfinished import FolderOptions, Unfinished
from fer.report.contents import contents
from fer.report.html import to_html
from fer.report.pdf import to_pdf
from fer.speech.speech_report import TIMELINE_COLUMNS, SpeechReport
from tests.fakes import make_core
from tests.footage import damage, make_tracks, make_video
from tests.sounds import write_sound


@pytest.fixture
def core():
    return make_core()


def face_or_none(number: int, faces: set[int]) -> np.ndarray:
    return np.full((96, 160, 3), 200 if number in faces else 20, np.uint8)


@pytest.fixture
def bright(monkeypatch, core):
    """A core whose detector sees one face in bright pictures and none in dark ones."""

    def detect(frame):
        height, width = frame.shape[:2]
        if frame.mean() < 100:
            return []
        return [Detection((width // 4, height // 4, width // 2, height // 2), 0.9)]

    monkeypatch.setattr(core.detector, "detect", detect)
    return core


def test_held_pictures_count_for_as_long_as_they_are_shown(tmp_path, bright):
    faces = set(range(20, 100))
    few = [number for number in range(120) if number <= 20 or number >= 100]
    steady = make_video(
        tmp_path / "steady.mkv", frames=120, fps=10, draw=lambda n: face_or_none(n, faces)
    )
    sparse = make_video(
        tmp_path / "sparse.mkv",
        frames=len(few),
        fps=10,
        times=[number / 10 for number in few],
        draw=lambda place: face_or_none(few[place], faces),
    )
    first, second = (analyze_lecture(path, core=bright).summary for path in (steady, sparse))
    assert first["mean_faces"] == pytest.approx(80 / 120, abs=0.05)
    for key in ("mean_faces", "dominant", "smile_index", "duration_s", "events"):
        assert second[key] == pytest.approx(first[key], abs=0.02), key


def test_one_picture_in_ten_seconds_keeps_its_face(tmp_path, bright):
    path = make_video(
        tmp_path / "slow.mp4",
        frames=6,
        times=[10.0 * number for number in range(6)],
        draw=lambda n: face_or_none(n, {n}),
    )
    report = analyze_lecture(path, core=bright)
    assert set(report.faces["track"]) == {1}
    assert len(report.timeline) >= 100
    assert report.timeline["t"].diff().max() < 0.6


def test_the_track_that_shows_faces_is_read(tmp_path, bright):
    """Recorders in lecture halls store slides and the camera as two tracks of one file."""
    path = make_tracks(
        tmp_path / "hall.mp4",
        lambda n: face_or_none(n, set()),
        lambda n: face_or_none(n, {n}),
    )
    report = analyze_lecture(path, core=bright)
    assert report.summary["mean_faces"] == 1.0
    assert report.summary["remarks"] == [
        "The file has 2 tracks with pictures. Track 2 was read, the others were not."
    ]
    slides = analyze_lecture(path, core=bright, picture=1)
    assert slides.summary["mean_faces"] == 0.0
    assert "Track 1 was read" in slides.summary["remarks"][0]
    with pytest.raises(RecordingError, match="no track 3 with pictures"):
        analyze_lecture(path, core=bright, picture=3)


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_track_that_cannot_be_decoded_is_left_out_and_named(tmp_path, bright, damaged):
    whole = make_tracks(tmp_path / "whole.mkv", *[lambda n: face_or_none(n, {n})] * 2)
    path = damage(whole, tmp_path / "hall.mkv", damaged)
    report = analyze_lecture(path, core=bright)
    assert report.summary["mean_faces"] == 1.0
    assert report.summary["remarks"] == [
        f"The file has 2 tracks with pictures. Track {2 - damaged} was read, the others were not.",
        f"Track {damaged + 1} cannot be decoded.",
    ]
    job = Unfinished.of(path, "hall.mkv", tmp_path / "out", bright, FolderOptions())
    assert job.facts.remarks == report.summary["remarks"]
    with pytest.raises(RecordingError, match=r"No picture of hall.mkv can be decoded"):
        analyze_lecture(path, core=bright, picture=damaged + 1)


def test_a_recording_of_which_no_track_can_be_decoded_is_refused(tmp_path, bright):
    whole = make_tracks(tmp_path / "whole.mkv", *[lambda n: face_or_none(n, {n})] * 2)
    path = damage(whole, tmp_path / "hall.mkv", 0, 1)
    with pytest.raises(RecordingError, match=r"No picture of hall.mkv can be decoded"):
        analyze_lecture(path, core=bright)


def test_the_sound_track_that_is_not_silent_is_heard(tmp_path, bright, monkeypatch):
    heard = []

    def listen(path, progress, track):
        heard.append(track)
        return SpeechReport.of(pd.DataFrame(columns=TIMELINE_COLUMNS))

    monkeypatch.setattr("fer.recordings.listen.analyze_speech", listen)
    path = make_tracks(tmp_path / "talk.mp4", lambda n: face_or_none(n, {n}), sounds=3)
    report = analyze_lecture(path, core=bright)
    assert "Track 3 was analysed" in report.summary["remarks"][0]
    analyze_lecture(path, core=bright, sound=1)
    assert heard == [3, 1]


def test_a_sound_track_that_is_not_there_is_named_before_any_picture_is_read(
    tmp_path, bright, monkeypatch
):
    read = []
    monkeypatch.setattr("fer.recordings.lecture.read_segment", lambda *_: read.append(True))
    path = make_tracks(tmp_path / "talk.mp4", lambda n: face_or_none(n, {n}), sounds=3)
    with pytest.raises(RecordingError, match="no track 4 with sound; it has 3"):
        analyze_lecture(path, core=bright, sound=4)
    assert not read


@pytest.mark.parametrize("ending", ["wav", "flac", "webm", "wma"])
def test_what_is_there_of_a_cut_off_sound_file_is_analysed(tmp_path, ending, capsys):
    path = write_sound(
        tmp_path / f"a.{ending}", np.random.default_rng(0).normal(size=320_000) * 0.1
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    report = analyze_lecture(path, core=make_core())
    (remark,) = report.summary["remarks"]
    assert "cut off" in remark
    assert report.voice.summary["duration_s"] == pytest.approx(10.0, abs=1.0)
    assert main(["speech", str(path), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == f"note: a.{ending}: {remark}\n"
    assert (tmp_path / "out" / path.name / "voice.csv").is_file()


def test_speech_says_which_tracks_were_not_heard(tmp_path, capsys):
    path = make_tracks(tmp_path / "talk.mp4", lambda n: face_or_none(n, {n}), sounds=3)
    assert main(["speech", str(path), "--out", str(tmp_path / "out")]) == 0
    assert (
        "note: talk.mp4: The file has 3 tracks with sound. Track 3 was analysed, the others "
        in (capsys.readouterr().err)
    )
    assert main(["speech", str(path), "--out", str(tmp_path / "out"), "--sound", "4"]) == 1
    assert "has no track 4 with sound; it has 3." in capsys.readouterr().err


def test_speech_does_not_look_at_the_pictures(tmp_path, capsys):
    whole = make_tracks(tmp_path / "whole.mkv", lambda n: face_or_none(n, {n}), sounds=1)
    path = damage(whole, tmp_path / "talk.mkv", 0)
    assert main(["speech", str(path), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == ""
    silent = make_tracks(tmp_path / "silent.mkv", lambda n: face_or_none(n, {n}))
    assert main(["speech", str(silent), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == "error: silent.mkv has no sound track.\n"


def test_a_report_says_what_a_cut_off_file_lacks(tmp_path, bright, caplog):
    path = make_video(
        tmp_path / "a.mp4", frames=500, sound="aac", container={"movflags": "faststart"}
    )
    data = path.read_bytes()
    path.write_bytes(data[: int(0.4 * len(data))])
    with caplog.at_level(logging.DEBUG):
        report = analyze_lecture(path, core=bright)
    assert not any(record.exc_info for record in caplog.records)
    (cut,) = report.summary["remarks"]  # the sound does not say the same once more
    assert cut.startswith("The file is cut off: it ends after 0:")
    assert report.summary["duration_s"] < 15
    # All that is there of the sound is analysed.
    with av.open(str(path)) as container:
        entries = container.streams.audio[0].index_entries
        there = sum(entry.pos + entry.size <= path.stat().st_size for entry in entries)
    heard_until = report.voice.summary["duration_s"]
    assert heard_until == pytest.approx(there * 1024 / 16_000, abs=0.1)
    assert report.voice.timeline["t"].max() == pytest.approx(heard_until, abs=2.0)
    said = contents(report)
    assert said.remarks == [cut]
    assert cut in to_html(said)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(to_pdf(said))).pages)
    assert "The file is cut off" in text
