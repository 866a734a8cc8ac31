"""The live page is loaded again: a new visit of Streamlit's, in the same tab of the browser."""

import time

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import fer.web.live.visit
from fer.faces.core import FaceReading
from fer.settings import ROOT
from tests.fakes import wait_for


@pytest.fixture
def open_page(monkeypatch, camera):
    """Opens the page in a tab that keeps a word; ends the streams after the test."""
    pages = []

    def open_page(word: str) -> AppTest:
        monkeypatch.setattr(fer.web.live.visit, "tab_memory", lambda key, mine: word)
        pages.append(AppTest.from_file(str(ROOT / "fer" / "web" / "main.py"), default_timeout=60))
        return pages[-1].run()

    yield open_page
    for page in pages:
        if "live" in page.session_state:
            page.session_state.live.close()
    st.cache_resource.clear()


@pytest.fixture
def before(open_page):
    """A page with a second of one face, a mark and a limit of 20 %."""
    page = open_page("")
    page.button("notice-read").click().run()
    session = page.session_state.live
    session.put(np.zeros((48, 64, 3), np.uint8))
    wait_for(lambda: session.vitals().delay is not None)
    session.take(time.monotonic(), [FaceReading((0, 0, 60, 60), np.eye(7, dtype=np.float32)[3])])
    session.mark("new topic")
    page.slider("negative").set_value(20)
    return page.run()


def said(page):
    return " ".join(box.value for box in page.success)


def test_the_page_goes_on_with_the_session_and_its_settings(open_page, before):
    visit = before.session_state.live_visit
    visit.leave()
    page = open_page(visit.token)
    assert not page.exception
    assert "the session so far was restored" in said(page)
    assert [mark.text for mark in page.session_state.live.marks] == ["new topic"]
    assert page.session_state.live.mood(None).faces == 1
    assert page.slider("negative").value == 20
    assert page.session_state.live.limits.negative == pytest.approx(0.2)
    assert before.session_state.live.began is None
    page.session_state.live.clear()
    assert "restored" not in said(page.run())


def test_a_browser_that_draws_the_second_run_only_shows_the_settings(open_page, before):
    """A busy server may run the page twice before the browser draws it. Only the first run sends
    the values of the session; the browser sends back what it shows."""
    before.select_slider("smoothing").set_value(5.0)
    before.segmented_control("window").set_value(300)
    before.toggle("sound").set_value(True)
    before.toggle("classes").set_value(True)
    before.selectbox("picture-size").set_value((1280, 720)).run()
    visit = before.session_state.live_visit
    visit.leave()
    page = open_page(visit.token).run()
    assert list(page.slider("negative").proto.default) == [20]
    assert list(page.select_slider("smoothing").proto.default) == [4]
    assert list(page.segmented_control("window").proto.default) == [2]
    assert page.toggle("sound").proto.default
    assert page.toggle("classes").proto.default
    assert page.selectbox("picture-size").proto.default == 1


def test_a_page_that_comes_before_the_old_one_has_gone_waits_for_it(open_page, before):
    visit = before.session_state.live_visit
    page = open_page(visit.token)
    assert page.button("notice-read")
    assert before.session_state.live.began is not None
    visit.leave()
    assert "the session so far was restored" in said(page.run())


def test_a_duplicated_tab_begins_anew_after_a_while(open_page, before):
    page = open_page(before.session_state.live_visit.token)
    for _ in range(fer.web.live.visit.TRIES):
        page.run()
    page.button("notice-read").click().run()
    assert not page.exception
    assert page.session_state.recalled
    assert page.session_state.live.began is None
    assert before.session_state.live.mood(None).faces == 1


def test_a_word_that_nobody_knows_begins_anew(open_page):
    page = open_page("x" * 32)
    page.button("notice-read").click().run()
    assert not page.exception
    assert said(page) == ""
    assert page.session_state.live.began is None
