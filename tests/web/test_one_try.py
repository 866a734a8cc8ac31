import threading

import pytest

from fer.errors import SettingsError, StoreError
from fer.web.one_try import OneTry
from tests.fakes import wait_for


class Slow:
    """Makes "there" once the test lets it; until then it fails when the test lets it."""

    def __init__(self):
        self.begun = self.ended = 0
        self.works = False
        self.go_on = threading.Semaphore(0)

    def __call__(self):
        self.begun += 1
        assert self.go_on.acquire(timeout=20)
        self.ended += 1
        if not self.works:
            raise StoreError(f"away {self.ended}")
        return "there"


@pytest.fixture
def slow():
    return Slow()


@pytest.fixture
def tries(slow):
    return OneTry(slow, StoreError)


@pytest.fixture
def call(tries):
    """Calls on threads of their own; returns the list in which the outcomes appear."""

    def outcome():
        try:
            return tries()
        except StoreError as problem:
            return str(problem)

    def call(count):
        heard, threads = [], []
        for _ in range(count):
            thread = threading.Thread(target=lambda: heard.append(outcome()))
            thread.start()
            threads.append(thread)
        started.extend(threads)
        return heard

    started = []
    yield call
    for thread in started:
        thread.join(20)
        assert not thread.is_alive()


def test_all_who_wait_hear_what_became_of_the_one_try(slow, call):
    heard = call(30)
    wait_for(lambda: slow.begun == 1)
    slow.go_on.release(30)
    wait_for(lambda: len(heard) == 30)
    assert slow.begun < 15  # a thread that comes late, after the others have heard, tries again


def test_after_a_failure_nobody_waits_but_the_one_who_tries_again(slow, call, tries):
    first = call(1)
    slow.go_on.release()
    wait_for(lambda: first == ["away 1"])
    again = call(1)
    wait_for(lambda: slow.begun == 2)
    for _ in range(3):
        with pytest.raises(StoreError, match="away 1"):
            tries()
    slow.works = True
    slow.go_on.release()
    wait_for(lambda: again == ["there"])
    assert (tries(), slow.begun) == ("there", 2)


def test_another_error_is_not_handed_on(slow):
    def wrong():
        raise SettingsError("a setting is wrong")

    tries = OneTry(wrong, StoreError)
    for _ in range(2):
        with pytest.raises(SettingsError, match="setting"):
            tries()
