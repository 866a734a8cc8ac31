"""The command line: where results go, what it says. Its analyses have tests of their own."""

from __future__ import annotations

import io
import sys

import pytest

from fer.__main__ import _Bar, main
from tests.footage import make_sound, make_video


@pytest.fixture
def no_analysis(monkeypatch):
    """Any analysis fails the test."""

    def begun(*_, **__):
        raise AssertionError("an analysis began")

    for name in (
        "recordings.lecture.analyze_lecture",
        "speech.analysis.analyze_speech",
        "recordings.cluster.connected",
    ):
        monkeypatch.setattr(f"fer.{name}", begun)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)


@pytest.mark.parametrize("command", ["lecture", "speech"])
def test_recordings_of_the_same_name_are_refused(command, no_analysis, tmp_path, capsys):
    # Zoom called every recording zoom_0.mp4.
    files = [str(tmp_path / week / "zoom_0.mp4") for week in ("a", "b")]
    out = tmp_path / "reports"
    assert main([command, *files, "--out", str(out)]) == 1
    assert capsys.readouterr().err == (
        f"error: {files[0]} and {files[1]} have the same name: the results of both would go to "
        f"{out / 'zoom_0.mp4'}. Rename one, or give each an --out of its own.\n"
    )
    assert not out.exists()


@pytest.mark.parametrize("command", ["lecture", "speech", "lectures"])
@pytest.mark.parametrize("way", ["recording", "out", "above out"])
def test_a_file_in_the_way_of_the_results(command, way, no_analysis, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_sound(tmp_path / "t.wav")
    make_video(tmp_path / "b.mp4")
    (tmp_path / "notes").touch()
    out = {"recording": ".", "out": "notes", "above out": "notes/reports"}[way]
    assert main([command, "." if command == "lectures" else "t.wav", "--out", out]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert " is a file, but " in said
    assert said.endswith(" needs a folder there. Choose another folder for the results.\n")
    assert not list(tmp_path.rglob(".checkpoint"))


@pytest.mark.parametrize(
    ("command", "begins", "said"),
    [
        ("lectures", "recordings.cluster.analyze_folder", "The same command goes on from here."),
        (
            "lecture",
            "recordings.lecture.analyze_lecture",
            "analyses finished ones again: leave those out.",
        ),
        (
            "speech",
            "speech.analysis.analyze_speech",
            "Start again with the files that are not done.",
        ),
    ],
)
def test_what_a_stopped_command_promises(command, begins, said, tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"fer.{begins}", stop)
    monkeypatch.setattr("fer.faces.core.MoodCore.load", lambda: None)
    assert main([command, "a.mp4", "--out", str(tmp_path)]) == 130
    told = capsys.readouterr().err.strip()
    assert told.startswith("Stopped. ")
    assert told.endswith(said)


@pytest.mark.parametrize(("left", "said"), [(100.0, "1:40"), (59.7, "0:59"), (5400.0, "1:30:00")])
def test_the_time_left(left, said, monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    _Bar("a.mp4").show(0.5, left)
    assert f" 50% {said} " in terminal.getvalue()
