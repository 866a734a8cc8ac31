import errno

import pytest

from fer.errors import RecordingError
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState
from tests.jobs.helpers import upload
from tests.tables import lecture


def test_a_name_outlives_the_process(board, analysis):
    job_id = board.add_report("take.mp4", lecture(20))
    board.rename(job_id, "Week 7")
    board.rename("nobody", "x")
    again = JobBoard(board.files.path, analysis)
    assert again.get(job_id).name == board.get(job_id).name == "Week 7"
    again.close()


def test_an_analysis_that_runs_keeps_its_name(board, analysis):
    job_id = upload(board)
    analysis.begun.acquire(timeout=10)
    board.rename(job_id, "Week 7")
    assert board.get(job_id).state == JobState.RUNNING
    assert board.get(job_id).name == "lecture.mp4"
    analysis.go_on.release()


def test_a_full_disk_leaves_the_name_as_it_was(board, monkeypatch):
    job_id = board.add_report("take.mp4", lecture(20))

    def full(job):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(board.files, "write", full)
    with pytest.raises(RecordingError):
        board.rename(job_id, "Week 7")
    assert board.get(job_id).name == "take.mp4"
