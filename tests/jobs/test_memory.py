"""Analyses wait where memory is short, and the line moves on once there is some."""

from __future__ import annotations

import threading

import pytest

from fer.jobs import memory as analyses_memory
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState
from fer.reserve import Reserve
from tests.jobs.helpers import until, upload


def test_an_analysis_waits_for_memory_and_then_begins(tmp_path, analysis):
    left, looked = [analyses_memory.FOR_ONE - 1], threading.Semaphore(0)

    def look() -> int:
        looked.release()
        return left[0]

    board = JobBoard(tmp_path, analysis, running_at_once=1, memory=Reserve(look))
    first, second = upload(board, "a.mp4"), upload(board, "b.mp4")
    assert all(looked.acquire(timeout=20) for _ in range(2))
    assert [board.get(job).state for job in (first, second)] == [JobState.WAITING] * 2
    assert [board.ahead(job) for job in (first, second)] == [0, 1]
    left[0] = analyses_memory.FOR_ONE
    assert analysis.begun.acquire(timeout=20)
    analysis.go_on.release(2)
    until(board, first, JobState.DONE)
    until(board, second, JobState.DONE)
    board.close()


def test_two_analyses_do_not_count_on_the_same_memory(tmp_path, analysis):
    looked = threading.Semaphore(0)

    def look() -> int:
        looked.release()
        return 140_000_000

    board = JobBoard(tmp_path, analysis, running_at_once=2, memory=Reserve(look))
    jobs = [upload(board, name) for name in ("a.mp4", "b.mp4")]
    assert analysis.begun.acquire(timeout=20)
    assert all(looked.acquire(timeout=20) for _ in range(4))  # the other one has looked twice
    states = {board.get(job).state for job in jobs}
    assert states == {JobState.RUNNING, JobState.WAITING}
    analysis.go_on.release()
    assert analysis.begun.acquire(timeout=20)
    analysis.go_on.release()
    for job in jobs:
        until(board, job, JobState.DONE)
    board.close()


def test_a_board_closes_while_an_analysis_waits_for_memory(tmp_path, analysis):
    looked = threading.Event()

    def look() -> int:
        looked.set()
        return 0

    board = JobBoard(tmp_path, analysis, memory=Reserve(look))
    job = upload(board)
    assert looked.wait(20)
    board.close()
    assert board.get(job).state == JobState.WAITING
    assert analysis.asked == []


@pytest.mark.parametrize(("limit", "analyses"), [(512_000_000, 1), (2 << 30, 2)])
def test_small_servers_run_one_analysis_at_a_time(monkeypatch, limit, analyses):
    monkeypatch.setattr(analyses_memory, "memory_limit", lambda: limit)
    assert analyses_memory.running_at_once() == analyses
