"""Tests of the child process that decodes: what it passes on, and that its limits hold."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np
import psutil
import pytest

from fer.errors import RecordingError
from fer.media.sandbox.parent import APP_BYTES, Child, Pool, in_child, memory_of_a_child
from tests.fakes import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of Unix")


@pytest.fixture
def child():
    child = Child(memory_bytes=300 << 20)
    yield child
    child.end()


def call(child, module, name, *args, patience_s=10.0):
    (value,) = child.replies((module, name, args, {}), patience_s)
    return value


def test_results_come_back_whole(child):
    assert call(child, "os.path", "join", "a", "b") == "a/b"
    picture = np.arange(3_000_000, dtype=np.uint8).reshape(1000, 1000, 3)
    assert (call(child, "copy", "copy", picture) == picture).all()


def test_what_the_function_raises_reaches_the_caller(child):
    with pytest.raises(ZeroDivisionError):
        call(child, "operator", "truediv", 1, 0)
    assert call(child, "operator", "add", 1, 2) == 3, "and the child goes on"


def test_too_much_memory_ends_in_a_sentence(child):
    with pytest.raises(RecordingError, match="memory"):
        call(child, "builtins", "bytearray", 1 << 30)
    assert call(child, "operator", "add", 1, 2) == 3


def test_a_child_outlives_the_signal_that_tells_the_app_to_end(child):
    """Heroku, for one, sends it to every process."""
    pid = call(child, "os", "getpid")
    os.kill(pid, signal.SIGTERM)
    assert call(child, "os", "getpid") == pid


def test_too_long_ends_in_a_sentence(child):
    began = time.monotonic()
    with pytest.raises(RecordingError, match="far longer"):
        call(child, "time", "sleep", 30, patience_s=0.2)
    assert time.monotonic() - began < 10
    assert not child.alive


def test_all_waits_together_have_a_budget(child, monkeypatch):
    monkeypatch.setattr("fer.media.sandbox.parent.SLOWEST", 0.01)
    request = ("tests.media.test_sandbox", "slow_numbers", (100, 0.1), {})
    call(child, "tests.media.test_sandbox", "ready")
    read: list[float] = []
    with pytest.raises(RecordingError, match="far longer"):
        read.extend(child.replies(request, 1.0, time_of=float))
    assert 1 < len(read) < 20


def test_a_reading_that_keeps_up_has_no_end(child):
    request = ("tests.media.test_sandbox", "slow_numbers", (15, 0.1), {})
    call(child, "tests.media.test_sandbox", "ready")
    assert len(list(child.replies(request, 1.0, time_of=float))) == 15


def ready() -> bool:
    return True


def slow_numbers(count: int, seconds: float):
    for number in range(count):
        time.sleep(seconds)
        yield number


def test_a_crash_ends_in_a_sentence(child):
    with pytest.raises(RecordingError, match="decoder ended"):
        call(child, "os", "abort")
    assert not child.alive


def test_no_file_can_be_written(child, tmp_path):
    with pytest.raises(OSError, match="too large"):
        call(child, "shutil", "copyfile", sys.executable, str(tmp_path / "copy"))


def test_what_a_library_prints_does_not_disturb(child):
    call(child, "builtins", "print", "hello")
    assert call(child, "operator", "add", 1, 2) == 3


def test_log_messages_reach_the_parent(child, caplog):
    call(child, "logging", "warning", "a packet is damaged")
    assert caplog.record_tuples == [("root", 30, "a packet is damaged")]


@in_child()
def process_number() -> int:
    return os.getpid()


@in_child()
def numbers(count: int):
    for number in range(count):
        yield os.getpid(), number


def test_decorated_functions_run_elsewhere():
    assert process_number() != os.getpid()
    rows = list(numbers(3))
    assert [number for _, number in rows] == [0, 1, 2]
    assert {pid for pid, _ in rows} == {process_number()}, "the idle child was taken again"


def test_a_reading_that_is_left_early_ends_its_child():
    reading = numbers(1_000_000)
    pid, _ = next(reading)
    reading.close()
    assert has_ended(pid)


def has_ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_a_child_that_was_killed_is_replaced():
    killed = process_number()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: has_ended(killed))
    assert process_number() != killed


def test_children_end_with_their_pool():
    pool = Pool()
    with pool.child() as child:
        assert child.alive
    pool.close()
    assert not child.alive


@pytest.mark.parametrize(
    ("limit", "most"),
    [(64 << 30, 1 << 30), (1500 << 20, 500 << 20), (512 << 20, 256 << 20)],
    ids=["a large machine", "a small one", "too small a one"],
)
def test_the_app_survives_two_greedy_children(limit, most):
    assert memory_of_a_child(limit) == most
    if limit > 1 << 30:
        assert APP_BYTES + 2 * most <= limit
