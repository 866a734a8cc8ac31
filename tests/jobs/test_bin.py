import pandas as pd
import pytest

from fer.errors import RecordingError
from fer.jobs.bin import Bin
from tests.fakes import wait_for
from tests.tables import lecture


@pytest.fixture
def results(board):
    return [board.add_report(f"{number}.mp4", lecture(20)) for number in range(3)]


def test_a_result_is_deleted_when_its_time_is_over(board, results):
    gone = []
    bin_ = Bin(board, 0.05, gone.append)
    bin_.put(results[:2])
    assert bin_.holds(results[0])
    wait_for(lambda: len(gone) == 2)
    assert [job.id for job in board.finished()] == [results[2]]
    assert not bin_.holds(results[0])


def test_a_result_can_be_taken_back(board, results):
    bin_ = Bin(board, 60.0)
    bin_.put(results)
    bin_.take_back(results[:1])
    bin_.empty(early=True)
    assert [job.id for job in board.finished()] == results[:1]
    assert isinstance(board.report(results[0]).timeline, pd.DataFrame)


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
