"""The commands as people run them, with output to files in an encoding that lacks letters.

A message never decides a result: all files are analysed, and the exit status says how it went.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fer.settings import ROOT
from tests.footage import make_video

NAMES = ("Vorlesung \u00e4.mp4", "\u8b1b\u7fa9.mp4", "z.mp4")
BROKEN = "kaputt \u00e9.mp4"
PARTS = {"timeline.csv", "faces.csv", "report.html", "report.pdf"}


@pytest.fixture
def recordings(tmp_path) -> Path:
    """A folder with three good recordings and one that is broken."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        make_video(folder / name, frames=30)
    (folder / BROKEN).write_bytes(b"no video" * 99)
    return folder


def run(tmp_path: Path, *words: object) -> tuple[int, str, str]:
    """Run `python -m fer` as a program whose output can hold ASCII only.

    Returns:
        The exit status, and what went to standard output and to standard error.
    """
    files = [tmp_path / "output.txt", tmp_path / "errors.txt"]
    with files[0].open("wb") as output, files[1].open("wb") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "fer", *map(str, words)],
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            stdout=output,
            stderr=errors,
            check=False,
        )
    return done.returncode, *(file.read_text("ascii") for file in files)


def assert_all_reports(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == set(NAMES)
    for name in NAMES:
        assert {path.name for path in (out / name).iterdir()} >= PARTS


def test_every_file_is_analysed(recordings, tmp_path):
    files = [recordings / name for name in (NAMES[0], BROKEN, *NAMES[1:])]
    status, said, errors = run(tmp_path, "lecture", *files, "--no-voice", "--out", tmp_path / "out")
    assert status == 1, errors
    assert_all_reports(tmp_path / "out")
    assert said.count("report in ") == len(NAMES)
    assert r"\u8b1b\u7fa9.mp4: " in said
    (error,) = errors.splitlines()
    assert error.startswith(r"error: kaputt \xe9.mp4 cannot be read")


def test_every_file_of_a_folder_is_analysed(recordings, tmp_path):
    pytest.importorskip("distributed")
    words = ("lectures", recordings, "--no-voice", "--workers", 1, "--out", tmp_path / "out")
    status, said, errors = run(tmp_path, *words)
    assert status == 1, errors
    assert_all_reports(tmp_path / "out")
    assert said.startswith("3 analysed, 0 already done, 1 failed")
    (error,) = errors.splitlines()
    assert error.startswith(r"error: kaputt \xe9.mp4 cannot be read")
    (recordings / BROKEN).unlink()
    status, said, errors = run(tmp_path, *words)
    assert (status, errors) == (0, "")
    assert said.startswith("0 analysed, 3 already done, 0 failed")
