import threading

import pytest

from fer.web.once import Once


def test_it_is_done_once_until_it_is_forgotten():
    once, done = Once[int](), []

    def do():
        done.append(None)
        return len(done)

    assert [once("a", do), once("a", do), once("b", do)] == [1, 1, 2]
    assert once.outcomes() == [1, 2]
    assert once.done
    once.forget()
    assert once.outcomes() == []
    assert not once.done
    assert once("a", do) == 3


def test_what_failed_may_be_tried_again():
    once = Once[str]()

    def fail():
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        once("a", fail)
    assert once("a", lambda: "there") == "there"


def test_a_second_thread_waits_for_the_first_one_and_gets_its_outcome():
    once, begun, go_on, heard = Once[str](), threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        assert go_on.wait(20)
        return "of the first"

    first = threading.Thread(target=once, args=("a", slow))
    first.start()
    assert begun.wait(20)
    # A run without a press, which is drawn meanwhile, takes nothing away from them.
    once.forget()
    others = [
        threading.Thread(target=lambda: heard.append(once("a", lambda: "of the second"))),
        threading.Thread(target=lambda: heard.extend(once.outcomes())),
    ]
    for thread in others:
        thread.start()
    assert not heard
    go_on.set()
    for thread in (first, *others):
        thread.join(20)
    assert heard == ["of the first"] * 2
