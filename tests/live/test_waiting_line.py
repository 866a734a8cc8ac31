"""Cameras start while there is memory; then they wait in line, and nobody loses a place."""

from __future__ import annotations

import pytest

from fer.live.waiting_line import FORGOTTEN_S, WaitingLine
from fer.reserve import KEPT_S, Reserve


class Memory:
    """What is left of the memory, in bytes."""

    def __init__(self, left: int) -> None:
        self.left = left


@pytest.fixture
def memory():
    return Memory(100)


@pytest.fixture
def line(memory):
    return WaitingLine(Reserve(lambda: memory.left), each=40)


def test_cameras_that_start_at_once_do_not_count_on_the_same_memory(line):
    assert [line.place(name, starts=True, now=0.0) for name in "abcd"] == [0, 0, 1, 2]


def test_who_only_looks_takes_no_room(line):
    assert [line.place(name, now=0.0) for name in "abcd"] == [0, 0, 0, 0]


def test_the_line_moves_on_in_order(line, memory):
    memory.left = 0
    assert [line.place(name, now=0.0) for name in "abc"] == [1, 2, 3]
    memory.left = 40
    assert [line.place(name, now=1.0) for name in "cba"] == [3, 2, 0]
    # The first one has not taken its memory yet, and nobody else may count on it.
    assert [line.place(name, now=2.0) for name in "cb"] == [2, 1]
    memory.left = 80
    assert [line.place(name, now=3.0) for name in "cba"] == [2, 0, 0]


def test_newcomers_do_not_overtake_the_line(line, memory):
    memory.left = 0
    assert line.place("a", now=0.0) == 1
    memory.left = 40
    assert line.place("b", starts=True, now=1.0) == 2
    assert line.place("a", now=1.0) == 0


def test_who_no_longer_asks_has_left(line, memory):
    memory.left = 0
    assert [line.place(name, now=0.0) for name in "ab"] == [1, 2]
    assert line.place("b", now=FORGOTTEN_S) == 2
    assert line.place("b", now=FORGOTTEN_S + 1) == 1


def test_room_that_is_not_taken_is_given_away(line, memory):
    memory.left = 40
    assert line.place("a", starts=True, now=0.0) == 0
    assert line.place("b", starts=True, now=KEPT_S) == 1
    assert line.place("b", starts=True, now=KEPT_S + 1) == 0


def test_cameras_and_analyses_do_not_count_on_the_same_memory():
    reserve = Reserve(lambda: 100)
    line = WaitingLine(reserve, each=40)
    assert reserve.take("analysis", 70, now=0.0)
    assert line.place("camera", starts=True, now=0.0) == 1
    reserve.give_back("analysis")
    assert line.place("camera", now=1.0) == 0
    assert not reserve.take("analysis", 70, now=1.0)
    assert reserve.take("analysis", 70, now=1.0 + KEPT_S + 1)
