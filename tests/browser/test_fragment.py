"""Fragments on a server so busy that it sends two runs of a page together (`fer.web.compat`)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import page_of
from tests.browser.page import expect_one

# "Whole" runs the whole page, which ends once the browser has asked for the fragment, too. What was
# drawn is not sent before the fragment runs, and half a second later comes what that draws.
SCRIPT = """
import threading, time
import streamlit as st
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from fer.web import compat
from fer.web.fragment import fragment

compat.keep_unsent_messages()

if not hasattr(AppSession, "at_once"):
    AppSession.at_once = AppSession.flush_browser_queue
    AppSession.held = threading.Event()
    AppSession.flush_browser_queue = (
        lambda session: [] if session.held.is_set() else session.at_once()
    )

def part():
    if get_script_run_ctx().fragment_ids_this_run:
        AppSession.held.clear()
        time.sleep(0.5)
    st.text_input("Name")
    st.button("Part", on_click=lambda: st.session_state.update(pressed=True))
    st.caption("pressed" if "pressed" in st.session_state else "not pressed")

whole = st.button("Whole")
if whole:
    AppSession.held.set()
fragment(part)()
st.write("what comes next")
st.columns(2)[1].write("what comes last")
while whole and get_script_run_ctx().script_requests._state != ScriptRequestType.RERUN:
    time.sleep(0.01)
"""


@pytest.fixture
def page(browsers, tmp_path):
    with page_of(SCRIPT, browsers, tmp_path) as page:
        yield page


def test_what_a_fragment_shows_and_what_follows_stay_in_their_places(page):
    expect_one(page.get_by_text("what comes last"))
    field = page.get_by_label("Name")
    field.fill("Anna")
    field.evaluate("field => { window.field = field; }")
    page.get_by_role("button", name="Whole").click()
    page.get_by_role("button", name="Part").click()
    expect_one(page.get_by_text("pressed", exact=True))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    assert page.evaluate("window.field.isConnected")
    expect_one(page.get_by_text("what comes next"))
    expect_one(page.get_by_text("what comes last"))
