"""What a visitor did right before the click on a link, on a server whose threads begin late."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import page_of
from tests.browser.page import expect_one

SCRIPT = """
import time
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from fer.web import runs

runs.keep_requests()

if not hasattr(ScriptRequests, "at_once"):
    ScriptRequests.at_once = ScriptRequests.on_scriptrunner_ready

    def late(self):
        time.sleep(1)
        return self.at_once()

    ScriptRequests.on_scriptrunner_ready = late

def first():
    st.header("First")
    st.radio("Choice", ["a", "b", "c"], key="choice", persist_state="session")
    st.button("Count", on_click=count)
    st.caption(f"counted {st.session_state.get('counted', 0)}")

def count():
    st.session_state["counted"] = st.session_state.get("counted", 0) + 1

def second():
    st.header("Second")

st.navigation([st.Page(first), st.Page(second)]).run()
"""


@pytest.fixture
def page(browsers, tmp_path):
    with page_of(SCRIPT, browsers, tmp_path) as page:
        expect_one(page.get_by_text("counted 0"))
        yield page


def leave_and_come_back(page) -> None:
    page.get_by_role("link", name="second").click()
    expect_one(page.get_by_role("heading", name="Second"))
    page.get_by_role("link", name="first").click()
    expect_one(page.get_by_role("heading", name="First"))


def test_what_was_done_right_before_the_page_is_left_counts_and_once(page):
    page.get_by_text("c", exact=True).click()
    leave_and_come_back(page)
    expect(page.get_by_role("radio").last).to_be_checked()
    page.get_by_role("button", name="Count").click()
    leave_and_come_back(page)
    expect_one(page.get_by_text("counted 1"))
    page.get_by_role("button", name="Count").click()
    expect_one(page.get_by_text("counted 2"))
