"""Tests of which files of a folder count as recordings."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from fer.errors import RecordingError
from fer.media.endings import ENDINGS
from fer.recordings.find import find_recordings
from tests.fakes import closed


def test_every_known_ending_is_found_in_any_case(tmp_path):
    # Camcorders write .MTS, .M2TS and .MXF. The page once refused them, although folders took them.
    for ending in ENDINGS:
        (tmp_path / f"a.{ending.upper()}").touch()
    (tmp_path / "notes.txt").touch()
    assert {path.suffix[1:].lower() for path in find_recordings(tmp_path)} == set(ENDINGS)
    assert {"asf", "flv", "m2ts", "mts", "mxf"} <= set(ENDINGS)


def test_folders_below_are_searched_and_hidden_ones_are_not(tmp_path):
    (tmp_path / "monday").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b.MP4", "a.webm", "monday/c.wav", "notes.txt", ".hidden/d.mp4", ".e.mp4"):
        (tmp_path / name).write_bytes(b"")
    found = [str(path.relative_to(tmp_path)) for path in find_recordings(tmp_path)]
    assert found == ["a.webm", "b.MP4", "monday/c.wav"]
    with pytest.raises(RecordingError, match="not a folder"):
        find_recordings(tmp_path / "notes.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_a_folder_that_may_be_listed_but_not_entered_hides_nothing_else():
    """Its files cannot be read anyway, and the page has to list all others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file in (folder / "a.mp4", folder / "locked" / "b.mp4"):
            file.parent.mkdir(exist_ok=True)
            file.touch()
        (folder / "locked").chmod(0o444)
        try:
            if os.getuid() == 0:  # everything is open to that account
                os.seteuid(65534)
            assert find_recordings(folder) == [folder / "a.mp4"]
        finally:
            os.seteuid(os.getuid())
            (folder / "locked").chmod(0o755)


def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "private" / "lectures").mkdir(parents=True)
    with closed(tmp_path / "private"), pytest.raises(RecordingError, match=r"lectures.*Permission"):
        find_recordings(tmp_path / "private" / "lectures")
