"""A deletion is confirmed only when it is done, and the next start deletes what was left."""

import errno
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from fer.errors import RecordingError
from fer.jobs import board as boards
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options
from fer.jobs.restart import GIVE_UP_S
from fer.keeping import DAY_S
from tests.fakes import wait_for
from tests.jobs.helpers import files, until, upload
from tests.tables import lecture


def read_only(*_, **__):
    raise OSError(errno.EROFS, "Read-only file system")


@pytest.fixture
def disk(monkeypatch):
    """Patches that make the disk read-only; `undo` makes it writable again."""
    with monkeypatch.context() as change:
        yield change


def make_read_only(disk):
    disk.setattr(Path, "rename", read_only)
    disk.setattr(shutil, "rmtree", read_only)


@pytest.fixture
def kept(board, analysis):
    """A finished job with its video."""
    job_id = upload(board, keep_video=True)
    analysis.go_on.release()
    until(board, job_id, JobState.DONE)
    return job_id


def test_on_a_read_only_disk_nothing_is_called_deleted(board, kept, disk):
    make_read_only(disk)
    with pytest.raises(RecordingError, match=r"lecture\.mp4 could not be deleted: Read-only"):
        board.delete(kept)
    assert [job.id for job in board.finished()] == [kept]
    assert board.report(kept)
    with pytest.raises(RecordingError, match="could not be deleted"):
        board.forget_video(kept)
    assert board.get(kept).video
    disk.undo()
    board.forget_video(kept)
    assert not board.get(kept).video
    board.delete(kept)
    assert list(board.files.path.iterdir()) == []


def test_a_deletion_that_stops_half_way_is_finished_by_the_next_process(
    board, kept, analysis, disk
):
    disk.setattr(shutil, "rmtree", read_only)
    with pytest.raises(RecordingError, match="not all of its files"):
        board.delete(kept)
    assert board.finished() == []
    board.close()
    disk.undo()
    assert list(board.files.path.rglob("*.mp4"))
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert again.finished() == []
    assert list(board.files.path.iterdir()) == []


def test_a_running_board_deletes_leftovers_as_well(tmp_path, analysis, disk):
    disk.setattr(boards, "LOOK_AGAIN_S", 0.02)
    board = JobBoard(tmp_path / "results", analysis)
    job_id = board.add_report("a", lecture(20))
    rmtree = shutil.rmtree
    shutil.rmtree = read_only
    try:
        with pytest.raises(RecordingError):
            board.delete(job_id)
    finally:
        shutil.rmtree = rmtree
    wait_for(lambda: not list(board.files.path.iterdir()))
    board.close()
    assert list(board.files.path.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"id": "x"}', None])
def test_an_upload_without_a_good_note_is_deleted(board, analysis, damage):
    job_id = upload(board)
    analysis.begun.acquire()
    board.close()
    note = board.files.path / job_id / "job.json"
    note.unlink() if damage is None else note.write_text(damage)
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert again.get(job_id) is None
    assert list(board.files.path.iterdir()) == []


@pytest.mark.parametrize("change", [{"state": "asleep"}, {"created": "now"}, {"source": 5}])
def test_a_note_with_a_wrong_value_is_damaged(board, kept, analysis, change):
    board.close()
    note = board.files.path / kept / "job.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | change))
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert again.get(kept).state == JobState.DONE


def test_a_result_survives_a_damaged_note_and_can_be_deleted(board, kept, analysis):
    board.close()
    (board.files.path / kept / "job.json").write_text("{")
    made = time.time() - 400 * DAY_S
    os.utime(board.files.path / kept / "report.json", (made, made))
    again = JobBoard(board.files.path, analysis)
    assert [(job.name, job.created) for job in again.finished()] == [("lecture.mp4", made)]
    assert len(again.report(kept).timeline) == 40
    # Nobody can tell any more whether the upload was to be kept.
    assert not list(board.files.path.rglob("*.mp4"))
    again.delete(kept)
    again.close()
    assert list(board.files.path.iterdir()) == []


def test_a_note_that_cannot_be_read_for_a_moment_costs_nothing(board, kept, analysis, disk):
    board.close()
    disk.setattr(Path, "read_text", read_only)
    JobBoard(board.files.path, analysis).close()
    disk.undo()
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert again.get(kept).video


def test_other_peoples_folders_are_left_alone(tmp_path, analysis):
    theirs = tmp_path / "Photographs-of-2025"
    theirs.mkdir()
    (theirs / "cat.jpg").write_bytes(b"cat")
    (theirs / "upload").mkdir()
    JobBoard(tmp_path, analysis).close()
    assert (theirs / "cat.jpg").read_bytes() == b"cat"
    assert (theirs / "upload").is_dir()


def test_drafts_of_a_killed_process_are_deleted(board, kept, analysis):
    board.close()
    home = board.files.path / kept
    for name in (".job.json-12345678.tmp", ".faces.parquet-12345678.tmp", "job.tmp"):
        (home / name).write_bytes(b"half")
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert not list(home.glob("*.tmp"))
    assert not list(home.glob(".*.tmp"))
    assert again.get(kept).video


def test_a_cancelled_upload_that_could_not_be_deleted_says_so(board, analysis, disk):
    job_id = upload(board)
    analysis.begun.acquire()
    disk.setattr(shutil, "rmtree", read_only)
    board.cancel(job_id)
    assert until(board, job_id, JobState.CANCELLED).left_behind
    assert "upload/lecture.mp4" in files(board, job_id)


def test_only_the_app_can_read_what_is_kept(board, kept, analysis):
    (board.files.path / kept).chmod(0o755)
    board.close()
    JobBoard(board.files.path, analysis).close()
    modes = {path: path.stat().st_mode & 0o777 for path in board.files.path.rglob("*")}
    assert len(modes) >= 6
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items()), modes


def test_a_day_to_take_up_an_analysis_begins_with_its_interruption(board, analysis, monkeypatch):
    job_id = upload(board)
    analysis.begun.acquire()
    board.close()
    # The server was down for two days: nobody could take it up.
    now = time.time() + 2 * GIVE_UP_S
    monkeypatch.setattr(time, "time", lambda: now)
    again = JobBoard(board.files.path, analysis)
    time.sleep(0.1)
    again.close()
    assert again.get(job_id).state == JobState.INTERRUPTED
    # Further restarts do not begin the day anew.
    now += 0.6 * GIVE_UP_S
    JobBoard(board.files.path, analysis).close()
    now += 0.6 * GIVE_UP_S
    third = JobBoard(board.files.path, analysis)
    until(third, job_id, JobState.CANCELLED)
    third.close()
    assert files(board, job_id) == {"job.json"}


def test_a_folder_of_results_that_cannot_be_reached_is_told(tmp_path, analysis):
    path = tmp_path / "lecture.mp4"
    path.write_bytes(b"server")
    # Every user gets this error, even root, who may read everything.
    board = JobBoard(tmp_path / ("x" * 300) / "results", analysis)
    assert board.finished() == []
    for start in (
        lambda: upload(board),
        lambda: board.start_file(path, Options()),
        lambda: board.add_report("a", lecture(20)),
    ):
        with pytest.raises(RecordingError, match="File name too long"):
            start()
    board.close()
