import errno
import shutil
from pathlib import Path

import pandas as pd
import pytest

from fer.errors import RecordingError
from fer.jobs.bin import Bin
from fer.jobs.board import JobBoard
from tests.fakes import wait_for
from tests.tables import lecture


@pytest.fixture
def results(board):
    return [board.add_report(f"{number}.mp4", lecture(20)) for number in range(3)]


def test_a_result_is_deleted_when_its_time_is_over(board, results):
    bin_ = Bin(board, 0.05)
    bin_.put(results[:2])
    assert bin_.holds(results[0])
    wait_for(lambda: not any(map(bin_.holds, results)))
    assert [job.id for job in board.finished()] == [results[2]]


def test_a_result_can_be_taken_back(board, results):
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    bin_.take_back(results[:1])
    bin_.empty(early=True)
    assert [job.id for job in board.finished()] == results[:1]
    assert isinstance(board.report(results[0]).timeline, pd.DataFrame)


def test_a_result_that_is_taken_back_while_others_are_deleted_stays(board, results, monkeypatch):
    """Deleting a large recording takes a while, and so the last moment may be a long one."""
    delete = board.delete

    def delete_slowly(job_id):
        delete(job_id)
        bin_.take_back(results)

    monkeypatch.setattr(board, "delete", delete_slowly)
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    bin_.empty(early=True)
    (gone,) = set(results) - {job.id for job in board.finished()}
    again = JobBoard(board.files.path, None)
    again.close()
    assert {job.id for job in again.finished()} == set(results) - {gone}
    assert not any(map(bin_.holds, results))


def test_what_two_pages_throw_away_is_no_problem(board, results):
    """The second page still listed the result when the first one had thrown it away."""
    bin_ = Bin(board, 60.0)
    bin_.put(results[:1])
    bin_.put(results[:2])
    assert bin_.holds(results[1])
    bin_.empty(early=True)
    assert bin_.problem(results[0]) is None
    assert [job.id for job in board.finished()] == [results[2]]


def test_an_early_end_deletes_nothing_before_its_time(board, results):
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    bin_.empty()
    assert len(board.finished()) == 3
    assert bin_.holds(results[0])


def test_what_cannot_be_deleted_is_back(board, results, monkeypatch):
    def fail(job_id):
        raise RecordingError("a read-only disk")

    monkeypatch.setattr(board, "delete", fail)
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    bin_.empty(early=True)
    assert not bin_.holds(results[0])
    assert bin_.problem(results[0]) == "a read-only disk"
    assert len(board.finished()) == 3
    bin_.put(results[:1])
    assert bin_.problem(results[0]) is None


def after_a_kill(board, tmp_path, analysis):
    """The board of a process that starts after this one was killed at this moment."""
    shutil.copytree(board.files.path, tmp_path / "left")
    again = JobBoard(tmp_path / "left", analysis)
    again.close()
    return again


def test_a_kill_within_the_minute_brings_nothing_back(board, results, tmp_path, analysis):
    Bin(board, 60.0).put(results[:2])
    again = after_a_kill(board, tmp_path, analysis)
    assert [job.id for job in again.finished()] == results[2:]
    assert [path.name for path in again.files.path.iterdir()] == results[2:]


def test_what_was_taken_back_survives_a_kill(board, results, tmp_path, analysis):
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    bin_.take_back(results)
    again = after_a_kill(board, tmp_path, analysis)
    assert {job.id for job in again.finished()} == set(results)
    assert len(again.report(results[0]).timeline) == 20


def test_a_video_that_is_forgotten_within_the_minute_changes_nothing(
    board, results, tmp_path, analysis
):
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    board.forget_video(results[0])
    bin_.take_back(results[1:])
    again = after_a_kill(board, tmp_path, analysis)
    assert {job.id for job in again.finished()} == set(results[1:])


def test_on_a_read_only_disk_nothing_is_called_thrown_away(board, results, monkeypatch):
    def read_only(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    bin_ = Bin(board, 60.0)
    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", read_only)
        bin_.put(results[:1])
    assert not bin_.holds(results[0])
    assert "could not be deleted: Read-only" in bin_.problem(results[0])
