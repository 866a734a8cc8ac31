"""A page whose camera waits for memory: what it says, and how it goes on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st

from fer.live.waiting_line import WaitingLine
from fer.reserve import Reserve
from fer.web.live import waiting
from fer.web.texts import place_in_line


@pytest.fixture
def memory(monkeypatch):
    """What is left of the memory, in bytes, and the line that the pages wait in."""
    memory = SimpleNamespace(left=0)
    memory.line = WaitingLine(Reserve(lambda: memory.left), each=100)
    monkeypatch.setattr(waiting, "waiting_line", lambda: memory.line)
    return memory


def infos(page) -> str:
    return " ".join(box.value for box in page.info)


def test_a_camera_without_room_waits_in_line_and_goes_on_by_itself(memory, camera, page):
    assert [memory.line.place(name) for name in ("a", "b")] == [1, 2]
    page.button("notice-read").click().run()
    assert not page.exception
    assert "You are **third in line**" in infos(page)
    assert "Start camera" not in infos(page)
    assert camera.calls == []
    memory.left = 300
    page.run()
    assert "in line" not in infos(page)
    assert [call.key for call in camera.calls] == ["camera-view"]


def test_a_shared_window_waits_in_line(memory, page):
    page.button("notice-read").click().run()
    page.segmented_control("source").set_value("screen").run()
    assert not page.exception
    assert "first in line" in infos(page)
    assert "Share a window" not in infos(page)
    memory.left = 100
    page.run()
    assert "in line" not in infos(page)
    assert "Share a window" in infos(page)


@pytest.mark.parametrize("camera_setting", ["pictures"], indirect=True)
def test_a_camera_that_sends_pictures_waits_in_line(memory, camera_setting, page):
    page.button("notice-read").click().run()
    assert not page.exception
    assert "first in line" in infos(page)
    assert "Start camera" not in infos(page)
    memory.left = 100
    page.run()
    assert "in line" not in infos(page)
    assert "Start camera" in infos(page)


def test_the_demo_waits_in_line(memory, page):
    page.button("demo-begin").click().run()
    assert not page.exception
    assert "first in line" in infos(page)
    memory.left = 100
    page.run()
    assert "in line" not in infos(page)


def test_a_camera_that_runs_does_not_wait(memory):
    assert waiting.has_memory(runs=True)


def test_places_have_words():
    assert [place_in_line(place) for place in (1, 3, 12)] == ["first", "third", "number 12"]


def test_a_camera_that_was_turned_away_is_not_about_to_start(monkeypatch):
    from streamlit_webrtc.component import WebRtcStreamerContext, WebRtcStreamerState

    from fer.web.sources import compat
    from fer.web.sources.camera import State, last_state

    context = WebRtcStreamerContext(None, WebRtcStreamerState(playing=False, signalling=True))
    monkeypatch.setattr(st, "session_state", {"camera": context})
    assert last_state("camera") == State(signalling=True)
    compat.forget_camera("camera")
    assert last_state("camera") == State()
    compat.forget_camera("another")
