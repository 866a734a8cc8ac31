import gc

import pytest

from fer.live import shelf as shelves
from fer.live.engine import MoodEngine
from fer.live.session import LiveSession
from fer.live.shelf import Shelf
from tests.fakes import StubCore, frame, wait_for


@pytest.fixture
def engine():
    return MoodEngine(StubCore())


def seen(engine):
    """A session that has read one frame."""
    session = LiveSession(engine)
    session.put(frame(7))
    wait_for(session.in_view)
    return session


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def visit(shelf, engine):
    visit = shelf.open(seen(engine), "ada@school.org")
    yield visit
    visit.session.close()


def test_a_tab_that_comes_back_gets_its_session_once(shelf, visit):
    visit.leave()
    assert not visit.session.streaming
    assert shelf.claim(visit.token, "ada@school.org") is visit
    assert shelf.claim(visit.token, "ada@school.org") is None


def test_nobody_else_gets_it(shelf, visit):
    visit.leave()
    assert shelf.claim(visit.token, "eve@school.org") is None
    assert shelf.claim("", "ada@school.org") is None
    assert shelf.claim(visit.token[:-1], "ada@school.org") is None
    assert shelf.claim(visit.token, "ada@school.org") is visit


def test_a_duplicated_tab_leaves_the_first_one_alone(shelf, visit):
    assert shelf.claim(visit.token, "ada@school.org") is None
    visit.leave()
    visit.return_()
    assert shelf.claim(visit.token, "ada@school.org") is None


def test_a_session_is_gone_after_its_time(shelf, visit, monkeypatch):
    visit.leave()
    monkeypatch.setattr(shelves, "KEPT_S", -1.0)
    assert shelf.claim(visit.token, "ada@school.org") is None


def test_the_shelf_keeps_nothing_alive(shelf, engine):
    visit = shelf.open(seen(engine), "")
    visit.leave()
    token = visit.token
    del visit
    gc.collect()
    assert shelf.claim(token, "") is None


def test_a_session_without_data_is_not_worth_keeping(shelf, engine):
    visit = shelf.open(LiveSession(engine), "")
    visit.leave()
    assert shelf.claim(visit.token, "") is None
