import pytest
import streamlit as st

from fer.web.hosts import Hosts, is_allowed
from tests.loops import run as run_alone


def answers(kind, host="localhost:8501", origin=None, method="GET"):
    """Returns what the app gets, and what is sent back, when a browser opens something."""
    headers = [(b"Host", host.encode())] if host else []
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {"type": kind, "method": method, "path": "/", "headers": headers}
    passed, sent = [], []

    async def app(*_):
        passed.append(kind)

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    run_alone(Hosts(app)(scope, receive, send))
    return bool(passed), sent


@pytest.mark.parametrize(
    ("origin", "host", "passes"),
    [
        (None, "localhost:8501", True),
        ("http://localhost:8501", "localhost:8501", True),
        ("http://localhost:9999", "localhost:8501", False),
        ("http://127.0.0.1:9999", "127.0.0.1:8501", False),
        ("http://[::1]:9999", "[::1]:8501", False),
        ("http://[", "localhost:8501", False),
        ("http://localhost:9999", "mood.example", False),
        ("https://mood.example", "mood.example", True),
    ],
)
def test_pages_of_other_local_servers_may_only_read(origin, host, passes):
    assert answers("websocket", host, origin)[0] is passes
    assert answers("http", host, origin, "PUT")[0] is passes
    assert answers("http", host, origin)[0] is True


@pytest.fixture
def only_localhost(monkeypatch):
    names = ["localhost", "127.0.0.1", "::1"]
    monkeypatch.setattr(st, "get_option", {"server.allowedHosts": names}.get)


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        ("localhost:8501", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("[::1]:8501", True),
        ("evil.example:8501", False),
        ("localhost.evil.example", False),
        ("evil.example#localhost", False),
        ("localhost@evil.example", False),
        ("[", False),
        ("", False),
    ],
)
def test_only_the_names_in_the_list_are_answered(only_localhost, host, passes):
    assert answers("http", host)[0] is passes
    assert answers("websocket", host)[0] is passes


def test_the_answer_says_why(only_localhost):
    _, (start, body) = answers("http", "evil.example")
    assert start["status"] == 421
    assert b"does not go by that name" in body["body"]
    _, (close,) = answers("websocket", "evil.example")
    assert (close["type"], close["code"]) == ("websocket.close", 1008)


@pytest.mark.parametrize(
    ("allowed", "passes"),
    [([], True), (["*"], True), (["*.school.example"], True), (["school.example"], False)],
)
def test_names_below_a_domain_and_all_names(monkeypatch, allowed, passes):
    monkeypatch.setattr(st, "get_option", {"server.allowedHosts": allowed}.get)
    assert is_allowed("mood.School.example:8501") is passes
