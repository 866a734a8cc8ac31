"""An operator ends jobs of the running app from another process."""

import pytest

from fer.__main__ import main
from fer.commands import jobs as command
from fer.jobs import end_requests
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState
from tests.fakes import wait_for
from tests.jobs.helpers import files, until, upload


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(end_requests, "LOOK_S", 0.02)
    monkeypatch.setenv("FER_RESULTS", str(tmp_path / "results"))


def test_a_job_that_runs_and_one_that_waits_are_ended(board, analysis, capsys):
    running, waiting, other = (upload(board, f"{n}.mp4") for n in range(3))
    analysis.begun.acquire()
    assert main(["jobs", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [running, waiting, other]
    assert [line.split()[1] for line in lines] == ["running", "waiting", "waiting"]
    assert [line.split()[-1] for line in lines] == ["0.mp4", "1.mp4", "2.mp4"]
    assert main(["jobs", "end", waiting, running]) == 0
    assert capsys.readouterr().out == "1.mp4 was ended.\n0.mp4 was ended.\n"
    for job_id in (running, waiting):
        until(board, job_id, JobState.CANCELLED)
        assert files(board, job_id) == {"job.json"}
    analysis.go_on.release()
    until(board, other, JobState.DONE)
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out == "No analysis waits, runs or was interrupted.\n"
    wait_for(lambda: not list(board.files.path.glob(".*")))


def test_without_the_app_the_job_ends_at_the_next_start(board, analysis, capsys, monkeypatch):
    job_id = upload(board)
    analysis.begun.acquire()
    board.close()
    monkeypatch.setattr(command, "PATIENCE_S", 0.2)
    assert main(["jobs", "end", job_id]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "lecture.mp4: the app has not answered yet" in said.err
    again = JobBoard(board.files.path, analysis)
    again.close()
    assert again.get(job_id) is None
    assert list(board.files.path.iterdir()) == []


@pytest.mark.parametrize("job_id", ["none", "..", "../../etc", "a" * 24])
def test_only_jobs_that_are_there_can_be_ended(board, analysis, capsys, job_id, tmp_path):
    done = upload(board)
    analysis.go_on.release()
    until(board, done, JobState.DONE)
    assert main(["jobs", "end", job_id, done]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("waits, runs or was interrupted") == 2
    assert board.get(done).state == JobState.DONE
    assert {path.name for path in tmp_path.iterdir()} == {"results"}


def test_listing_changes_nothing(board, analysis, capsys):
    job_id = upload(board)
    analysis.begun.acquire()
    stray = board.files.path / ("a" * 24)
    stray.mkdir()
    (stray / "job.json").write_text("{")
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out.startswith(job_id)
    assert stray.is_dir()
    analysis.go_on.release()
    until(board, job_id, JobState.DONE)


def test_an_analysis_that_was_faster_than_its_end_is_not_called_ended(
    board, analysis, capsys, monkeypatch
):
    job_id = upload(board)
    analysis.begun.acquire()
    monkeypatch.setattr(end_requests.EndRequests, "ask", lambda *_: analysis.go_on.release())
    assert main(["jobs", "end", job_id]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "lecture.mp4 had its result before it could be ended" in said.err
    assert until(board, job_id, JobState.DONE)
