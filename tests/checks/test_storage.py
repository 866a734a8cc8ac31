"""The folder for results."""

from __future__ import annotations

from pathlib import Path

from fer.checks.check import Outcome
from fer.checks.storage import check_storage
from tests.fakes import closed


def test_a_folder_that_is_not_there_yet_is_fine(tmp_path):
    folder = tmp_path / "not" / "yet"
    assert check_storage(folder, {}).outcome in (Outcome.GOOD, Outcome.WARNING)
    assert not folder.parent.exists()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "results").touch()
    check = check_storage(tmp_path / "results" / "below", {})
    assert check.outcome == Outcome.BAD
    assert str(tmp_path / "results") in check.finding


def test_a_place_where_nobody_may_write():
    check = check_storage(Path("/proc/results"), {})
    assert check.outcome == Outcome.BAD
    assert "FER_RESULTS" in check.remedy


def test_a_folder_in_one_that_may_not_be_entered(tmp_path):
    (tmp_path / "private" / "results").mkdir(parents=True)
    with closed(tmp_path / "private"):
        check = check_storage(tmp_path / "private" / "results", {})
    assert check.outcome == Outcome.BAD
    assert "Permission denied" in check.finding


def test_heroku_empties_its_disk(tmp_path):
    check = check_storage(tmp_path, {"DYNO": "web.1"})
    assert check.outcome == Outcome.WARNING
    assert "Heroku" in check.finding
