"""Two processes on one folder of results: one works there, and the other waits for its turn."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fer.checks.check import Outcome
from fer.checks.turn import check_turn
from fer.jobs.folder import JobFolder
from fer.jobs.job import JobState, new_job
from fer.jobs.problems import ELSEWHERE
from fer.jobs.turn import Turn
from fer.lock import Lock
from fer.settings import ROOT
from tests.fakes import wait_for
from tests.footage import make_video

REFUSED = f"refused: {ELSEWHERE}"


class Process:
    """A running `tests.jobs.process`."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.process", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, act, argument=""):
        self.process.stdin.write(f"{act} {argument}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def new_process(folder):
    started = []

    def new_process():
        started.append(Process(folder))
        return started[-1]

    yield new_process
    for process in started:
        process.kill()


def contents(folder):
    """Every file with its content, but for the locks."""
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("in-use")
    }


def half_uploaded(folder, name="half.mp4"):
    """A job whose upload is being copied, as the process that copies it has written it down."""
    files = JobFolder(folder)
    upload = files.make((job := new_job(name, uploaded=True)).id) / "upload" / name
    upload.parent.mkdir()
    upload.write_bytes(b"half")
    files.write(replace(job, source=str(upload), state=JobState.CANCELLED))
    return upload


def test_a_second_process_changes_nothing_and_shows_what_is_there(folder, new_process, tmp_path):
    first, second = new_process(), new_process()
    assert first("begun")
    kept = first("keep", "kept.csv")
    running = first("analyse", make_video(tmp_path / "lecture.mp4", frames=25))
    wait_for(lambda: first("states")["lecture.mp4"] == JobState.RUNNING)
    (folder / "cleared").unlink()
    half_uploaded(folder)
    before = contents(folder)
    assert not second("begun")
    assert second("states") == {
        "kept.csv": JobState.DONE,
        "lecture.mp4": JobState.RUNNING,
        "half.mp4": JobState.CANCELLED,
    }
    assert second("seconds", kept) == first("seconds", kept)
    for act, argument in [
        ("keep", "other.csv"),
        ("analyse", tmp_path / "lecture.mp4"),
        ("cancel", running),
        ("delete", kept),
    ]:
        assert second(act, argument) == REFUSED
    second("end")
    assert contents(folder) == before
    assert first("states")["lecture.mp4"] == JobState.RUNNING


def test_a_second_process_takes_over_when_the_first_is_killed(folder, new_process, tmp_path):
    first, second = new_process(), new_process()
    first("analyse", make_video(tmp_path / "lecture.mp4", frames=25))
    wait_for(lambda: first("states")["lecture.mp4"] == JobState.RUNNING)
    upload = half_uploaded(folder)
    (folder / "cleared").unlink()
    assert not second("begun")
    first.kill()
    wait_for(lambda: second("begun"))
    assert second("states") == {"lecture.mp4": JobState.INTERRUPTED}
    assert not upload.exists()
    assert (folder / "cleared").exists()


def test_a_second_process_goes_on_with_what_the_first_hands_over(folder, new_process, tmp_path):
    first, second = new_process(), new_process()
    first("analyse", make_video(tmp_path / "lecture.mp4", frames=25))
    wait_for(lambda: first("states")["lecture.mp4"] == JobState.RUNNING)
    assert not second("begun")
    first("end")
    assert not second("begun")  # a thread of the first one may still write
    first.kill()
    wait_for(lambda: second("begun"))
    wait_for(lambda: second("states")["lecture.mp4"] == JobState.RUNNING)


def test_a_doctor_tells_one_process_from_two(folder, new_process):
    assert not folder.exists()
    assert "No process" in check_turn(folder).finding
    assert not folder.exists()  # looking leaves nothing behind
    first, second = new_process(), new_process()
    assert first("begun")
    one = check_turn(folder)
    assert (one.outcome, one.finding.split(",")[0]) == (Outcome.GOOD, "The app is running")
    assert not second("begun")
    two = check_turn(folder)
    assert two.outcome == Outcome.WARNING
    assert str(folder) in two.finding
    assert "FER_RESULTS" in two.remedy
    first.kill()
    wait_for(lambda: second("begun"))
    assert check_turn(folder).outcome == Outcome.GOOD


def test_a_folder_whose_files_cannot_be_locked_is_used_all_the_same(tmp_path, caplog):
    in_the_way = tmp_path / "results"
    in_the_way.write_text("a file")
    turn = Turn(in_the_way)
    assert turn.has_come()
    assert turn.has_come()
    (line,) = caplog.records  # said once
    assert "will not be noticed" in line.message


def test_a_lock_is_free_after_its_holder_gave_it_back(tmp_path):
    mine, other = Lock(tmp_path / "a" / "lock"), Lock(tmp_path / "a" / "lock")
    assert not mine.is_held()
    assert mine.take()
    assert mine.take()
    assert mine.is_held()
    assert other.is_held()
    assert not other.take()
    other.give_back()  # it has nothing to give back
    assert not other.take()
    mine.give_back()
    assert other.take()
    assert Path(other.path).stat().st_mode & 0o777 == 0o600 or sys.platform == "win32"


def test_a_program_that_the_holder_starts_does_not_hold_the_lock(tmp_path):
    lock = Lock(tmp_path / "lock")
    assert lock.take()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        lock.give_back()
        assert not lock.is_held()
        assert child.poll() is None
    finally:
        child.communicate(b"\n", timeout=30)
