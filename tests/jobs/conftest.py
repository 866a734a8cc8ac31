import pytest

from fer.jobs.board import JobBoard
from tests.jobs.helpers import Analysis


@pytest.fixture
def analysis():
    return Analysis()


@pytest.fixture
def board(tmp_path, analysis):
    board = JobBoard(tmp_path / "results", analysis, running_at_once=1)
    yield board
    board.close()
