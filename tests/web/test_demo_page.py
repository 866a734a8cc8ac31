"""The demo on the live page: no notice before it, real readings, and numbers of its own."""

import pytest
import streamlit as st
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from fer.demo.moving_class import MovingClass
from fer.jobs.board import JobBoard
from fer.settings import ROOT
from fer.web.live import sidebar, texts
from fer.web.resources import engine
from tests.fakes import wait_for
from tests.shown import metric


def open_page(**query):
    page = AppTest.from_file(str(ROOT / "fer" / "web" / "main.py"), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


@pytest.fixture
def demo():
    page = open_page(demo="")
    yield page
    page.segmented_control("source").set_value("screen").run()  # closes the session


def text(page):
    return " ".join(block.value for block in (*page.markdown, *page.caption))


def faces(page):
    return metric(page, "Faces")


def test_the_address_opens_the_demo_without_the_notice(demo):
    assert not demo.exception
    assert demo.segmented_control("source").value == "demo"
    assert "I have read this" not in [button.label for button in demo.button]
    assert "This is a demo:" in text(demo)
    assert "public domain" in text(demo)
    assert "Article 5(1)(f)" in text(demo)


def test_its_numbers_are_read_from_its_pictures(demo):
    def seen():
        return faces(demo.run()) == "12"

    wait_for(seen, seconds=30)
    assert int(metric(demo, "Neutral").rstrip("%")) > 50


def test_the_first_screen_offers_it(demo):
    page = open_page()
    assert not page.exception
    page.button("demo-begin").click().run()
    assert page.segmented_control("source").value == "demo"
    assert "demo" in page.query_params
    page.segmented_control("source").set_value("screen").run()


def test_a_camera_after_the_demo_needs_the_notice_and_has_no_numbers_of_it(demo):
    wait_for(lambda: faces(demo.run()) != "–", seconds=30)
    demo.segmented_control("source").set_value("screen").run()
    assert "demo" not in demo.query_params
    assert texts.NOTICE_READ in [button.label for button in demo.button]
    demo.button("notice-read").click().run()
    assert demo.segmented_control("source").value == "screen"
    assert "## No face seen in this time." in text(demo)
    assert demo.session_state["live"].began is None
    assert not demo.exception


def test_its_report_says_that_it_is_a_demo(demo, tmp_path, monkeypatch):
    board = JobBoard(tmp_path, lambda *_: None, running_at_once=0)
    monkeypatch.setattr(sidebar, "jobs", lambda: board)
    # streamlit.testing knows no pages besides the one that it has opened.
    monkeypatch.setattr(st, "switch_page", lambda *_, **__: None)
    wait_for(lambda: faces(demo.run()) != "–", seconds=30)

    def kept():
        assert not demo.button("report-button").click().run().exception
        return board.finished()

    wait_for(kept, seconds=30)
    assert board.finished()[0].name.startswith("Demo, ")


def test_a_picture_that_is_made_as_the_browser_goes_begins_nothing(monkeypatch):
    """Streamlit ends a run of a page where the page draws something, and what belongs to the visit
    at once."""
    make = MovingClass.frame

    def leaving(film, t):
        context = get_script_run_ctx()
        context.script_requests.request_stop()
        clear_session_resource_cache(context.session_id)
        return make(film, t)

    streams = engine().stats.streams
    with monkeypatch.context() as patch:
        patch.setattr(MovingClass, "frame", leaving)
        open_page(demo="")
    assert engine().stats.streams == streams
