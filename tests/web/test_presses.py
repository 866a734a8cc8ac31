"""Two presses in a row on a busy server: a real app, whose runs are held where the test says."""

from __future__ import annotations

import pytest

from benchmarks.parts.stage import App
from benchmarks.parts.visitor import Visitor
from tests.fakes import wait_for

SCRIPT = """
import time
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from fer.web import runs

runs.keep_requests()
folder = Path({folder!r})


def note(text):
    with (folder / "notes").open("a") as notes:
        notes.write(text + "\\n")


def hold(place):
    if (folder / place).exists():
        note("held")
        while (folder / place).exists():
            time.sleep(0.01)


def reset(*args, **kwargs):
    hold("before the run")
    ScriptRunContext.at_once(*args, **kwargs)


def intend(self, page, name):
    hold("before it notes " + page)
    PagesManager.at_once(self, page, name)


def ready(*args):
    hold("before the request is taken")
    return ScriptRequests.at_once(*args)


if not hasattr(ScriptRunContext, "at_once"):
    ScriptRunContext.at_once = ScriptRunContext.reset
    ScriptRunContext.reset = reset
    PagesManager.at_once = PagesManager.set_script_intent
    PagesManager.set_script_intent = intend
    ScriptRequests.at_once = ScriptRequests.on_scriptrunner_ready
    ScriptRequests.on_scriptrunner_ready = ready


@st.fragment
def part():
    note("part")
    st.text("a part")


def first():
    hold("before the buttons")
    if st.button("plain"):
        note("plain")
    st.button("with a callback", on_click=note, args=["with a callback"])
    if st.button("another"):
        note("another")
    hold("after the buttons")
    part()


def second():
    note("the second page")


st.navigation([st.Page(first), st.Page(second)]).run()
"""

PLACES = ("before the run", "before the buttons", "after the buttons")


class Page:
    """A page with three buttons, and what it has noted about them.

    Attributes:
        visitor: who presses them.
    """

    def __init__(self, folder, visitor) -> None:
        self._folder = folder
        self._held: set[str] = set()
        self.visitor = visitor

    def notes(self) -> list[str]:
        file = self._folder / "notes"
        return file.read_text("utf-8").split("\n")[:-1] if file.exists() else []

    def let_go(self) -> None:
        """Let runs go on that a test has left, as one that failed may."""
        for place in self._held:
            (self._folder / place).unlink(missing_ok=True)

    def hold(self, place: str) -> None:
        self._held.add(place)
        (self._folder / place).touch()

    def go_on(self, place: str) -> None:
        (self._folder / place).unlink()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The app of the script, and the folder of its notes and holds."""
    folder = tmp_path_factory.mktemp("presses")
    script = folder / "script.py"
    script.write_text(SCRIPT.format(folder=str(folder)), "utf-8")
    with App(folder / "log.txt", script=script) as app:
        yield app, folder


@pytest.fixture
def page(served):
    app, folder = served
    (folder / "notes").unlink(missing_ok=True)
    with Visitor(app.url) as visitor:
        page = Page(folder, visitor)
        yield page
        page.let_go()


@pytest.mark.parametrize("button", ["plain", "with a callback"])
@pytest.mark.parametrize("place", PLACES)
def test_a_press_counts_once_though_another_follows_at_once(page, place, button):
    """The second press comes while the run that the first one began is held."""
    page.hold(place)
    page.visitor.press(button)
    wait_for(lambda: page.notes().count("held") == 1)
    page.visitor.press("another")
    wait_for(lambda: page.notes().count("held") == 2)
    page.go_on(place)
    # Both runs have ended, or are about to, when a third one has.
    wait_for(lambda: "another" in page.notes())
    page.visitor.wait_for("script_finished")
    page.visitor.open("")
    pressed = [note for note in page.notes() if note not in ("held", "part")]
    assert sorted(pressed) == sorted([button, "another"])


@pytest.mark.parametrize("place", ["before the request is taken", "before the run"])
def test_a_link_is_followed_though_a_part_of_the_page_before_is_asked_for(page, place):
    """A picture of a shared window is on its way when the visitor clicks the link."""
    (part,) = page.visitor.parts
    before = page.visitor.page
    page.hold(place)
    page.visitor.follow("second")
    page.visitor.wait_until_taken()
    wait_for(lambda: "held" in page.notes())
    page.visitor.run_part(part, before)
    page.visitor.wait_until_taken()
    page.go_on(place)
    page.visitor.wait_for("script_finished")
    page.visitor.wait_until_taken()
    assert page.visitor.page == page.visitor.pages["second"]
    assert page.notes().count("part") == 1
    assert page.notes()[-1] == "the second page"


def test_a_link_is_followed_though_the_run_before_begins_late(page):
    """The run before notes its page after the next run has noted the page of the link."""
    noting = f"before it notes {page.visitor.pages['']}"
    page.hold(noting)
    page.visitor.follow("")
    wait_for(lambda: page.notes().count("held") == 1)
    page.hold("before the run")
    page.visitor.follow("second")
    wait_for(lambda: page.notes().count("held") == 2)
    page.go_on(noting)
    wait_for(lambda: page.notes().count("held") == 3)
    page.go_on("before the run")
    page.visitor.wait_for("script_finished")
    assert page.visitor.page == page.visitor.pages["second"]
    assert page.notes()[-1] == "the second page"
