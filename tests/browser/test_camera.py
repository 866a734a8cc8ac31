"""The live page with a camera, in a real browser.

The tests share one visit: each visit costs about ten seconds of a processor, and one more for each
second for which a live page with a camera stays open.
"""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from fer.web.live import texts
from tests.browser.conftest import new_context, open_live
from tests.browser.page import (
    Runs,
    camera,
    expect_one,
    metric,
    seconds_drawn,
    shares,
    show_classes,
    start,
    stop,
    wait_for_largest_share,
    wait_until,
    wait_until_drawn,
)


@pytest.fixture(scope="module")
def held():
    """The context, page and runs of the visit that tests share; before the first one nothing."""
    held = SimpleNamespace(context=None, page=None, runs=None, ready=False)
    yield held
    if held.context:
        held.context.close()


@pytest.fixture
def running(request, held, browsers, app):
    """The live page with the choices of its beginning, an empty session, and a running camera that
    sees one laughing face. Tests share the visit; after one that failed there is a new one."""
    failed = request.session.testsfailed
    try:
        if held.context is None:
            held.context = new_context(browsers("happy"))
            held.runs = Runs()
            held.runs.watch(held.context)
            held.page = open_live(held.context, app.url)
            start(held.page)
            expect(metric(held.page, "Faces")).to_have_text("1")
        else:
            put_back(held.page)
        held.ready = True
        yield held.page
    finally:
        if not held.ready or request.session.testsfailed > failed:
            held.context.close()
            held.context = None
        held.ready = False


def put_back(page: Page) -> None:
    title = page.get_by_role("heading", name=texts.TITLE)
    if not title.is_visible():
        page.get_by_role("link", name="Live").click()
    begin, end = (camera(page).get_by_role("button", name=f"{word} camera") for word in STATES)
    expect_one(begin.or_(end))
    if begin.is_visible():
        begin.click()
    expect(metric(page, "Faces")).to_have_text("1")
    if page.get_by_role("switch", name=texts.CLASSES).is_checked():
        show_classes(page)
    window = page.get_by_role("radio", name="10 s", exact=True)
    if not window.is_checked():
        window.click()
    clear(page)


STATES = ("Start", "Stop")
"""What the button of a camera that is off, and of one that is on, offers."""


def clear(page: Page) -> None:
    """Clear the session of a running camera, until the charts begin anew."""
    wait_until_drawn(page, 3)
    before = seconds_drawn(page)
    press_clear(page)
    page.wait_for_function(
        "before => document.querySelector('[data-chart=faces]')._fullData[0].x.length < before",
        arg=before,
    )


def seconds_seen(page: Page) -> int:
    """Number of points in the chart of faces at which there was one."""
    return page.evaluate(
        """() => [...document.querySelector("[data-chart=faces]")._fullData[0].y]
            .filter((faces) => faces > 0).length"""
    )


def press_clear(page: Page) -> None:
    page.get_by_role("button", name=texts.CLEAR).click()
    page.get_by_role("button", name=texts.CLEAR_ANSWER).click()


def test_a_laughing_face_makes_happy_the_largest_share_in_charts_that_change_in_place(running):
    page = running
    show_classes(page)
    wait_for_largest_share(page, "happy")
    expect(metric(page, "Pleasant")).to_have_text(re.compile(r"^(100|[5-9]\d)%$"))
    expect(page.locator(".st-key-headline")).to_contain_text("Mostly smiles")
    assert sum(shares(page).values()) == pytest.approx(1, abs=1e-3)
    expect(page.locator(".st-key-status")).to_have_text(
        re.compile(r"^\d+\.\d pictures read a second · \d+\.\d s behind the camera")
    )
    names = ("mood-now", "mood-shares", "valence", "faces")
    for name in names:
        page.locator(f"[data-chart={name}] .main-svg").first.wait_for()
        page.locator(f"[data-chart={name}]").evaluate("chart => { chart.before = true; }")
    wait_until_drawn(page, seconds_drawn(page) + 3)
    for name in names:
        assert page.locator(f"[data-chart={name}]").evaluate("chart => chart.before") is True


def test_marks_and_settings_do_not_reconnect_the_camera_and_marks_are_in_the_table(running):
    page = running
    video = camera(page).locator("video")
    video.evaluate("video => { video.before = true; }")
    page.get_by_role("heading", name="Live class mood").click()
    page.keyboard.press("2")
    expect_one(page.get_by_role("button", name="Marks (1)"))
    expect_one(page.locator("[data-chart=mood-shares]").get_by_text("⚑ Question"))
    # While a text is typed, digits are text.
    page.get_by_label("Mark this moment").press_sequentially("page 2")
    expect_one(page.get_by_role("button", name="Marks (1)"))
    page.get_by_label("Mark this moment").fill("new <topic>")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.get_by_label("Mark this moment")).to_have_value("")
    expect_one(page.locator("[data-chart=mood-shares]").get_by_text("⚑ new <topic>"))
    page.get_by_role("radio", name="session").click()
    expect(metric(page, "Pleasant")).to_have_text(re.compile(r"^\d+%$"))
    played = video.evaluate("video => video.currentTime")
    page.wait_for_function(
        """(played) => document.querySelector("iframe[title*=webrtc]").contentDocument
            .querySelector("video").currentTime > played + 0.5""",
        arg=played,
    )
    assert video.evaluate("video => video.before") is True
    with page.expect_download() as download:
        page.get_by_role("button", name="Download table (CSV)").click()
    table = pd.read_csv(download.value.path())
    assert 1 <= table["faces"].max() < 2
    assert {"t", "happy", "unsure", "valence"} <= set(table)
    assert {"Question", "new <topic>"} <= set("; ".join(table["mark"].dropna()).split("; "))


def test_stopping_and_leaving_keep_what_was_measured_and_leave_no_threads(running, held, app):
    page = running
    wait_until_drawn(page, 3)
    # Streamlit keeps a choice once the page has been run with it.
    with held.runs.after_one_more(page):
        page.get_by_role("radio", name="session").click()
    before = seconds_seen(page)
    off(page)
    on(page)
    assert seconds_seen(page) >= before

    page.get_by_role("link", name="Past sessions").click()
    expect_one(page.get_by_role("heading", name="Past sessions"))
    expect(page.get_by_text("Live class mood")).to_have_count(0)
    page.get_by_role("link", name="Live").click()
    expect_one(page.get_by_text("The camera is off."))
    expect(page.get_by_role("radio", name="session")).to_be_checked()
    on(page)
    assert seconds_seen(page) >= before

    # Some threads of the first connection end later, so that those of the second one are counted.
    off(page)
    after_two = settled_threads(page, app)
    on(page)
    off(page)
    wait_until(page, lambda: app.threads() <= after_two)


def on(page: Page) -> None:
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")


def off(page: Page) -> None:
    stop(page)
    expect_one(page.get_by_text("The camera is off."))
    expect(metric(page, "Faces")).to_have_text("–")


def settled_threads(page, app):
    """The app's threads once their number has stood still for two seconds."""
    last, calm = app.threads(), 0
    while calm < 4:
        page.wait_for_function(
            "at => performance.now() > at", arg=page.evaluate("performance.now() + 500")
        )
        now = app.threads()
        last, calm = now, calm + 1 if now <= last else 0
    return last


def test_another_tab_has_a_session_of_its_own_and_this_one_misses_nothing(running):
    """What one session sees does not reach another: see tests/web/test_live_page.py."""
    page = running
    drawn = seconds_drawn(page)
    word = page.evaluate("sessionStorage.getItem('fer-live-visit')")
    assert word
    # As a browser duplicates a tab: with what the first one keeps.
    other = page.context.new_page()
    other.add_init_script(f"sessionStorage.setItem('fer-live-visit', {word!r})")
    other.goto(page.url)
    other.get_by_role("button", name="I have read this").click()
    expect(metric(other, "Faces")).to_have_text("–")
    expect(other.get_by_text("restored")).to_have_count(0)
    # Its camera comes and goes beside that of the first tab, which is covered meanwhile.
    on(other)
    other.close()
    page.bring_to_front()
    page.wait_for_function(
        """(wanted) => {
            const line = document.querySelector("[data-chart=faces]")._fullData[0];
            const seen = [...line.y].map((faces) => (faces > 0 ? "1" : "0")).join("");
            return line.x.length >= wanted && !seen.includes("000");
        }""",
        arg=drawn + 3,
    )


def test_a_session_outlives_a_reload_and_becomes_a_report_with_one_click(running):
    page = running
    page.get_by_label("Mark this moment").fill("the first joke")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.get_by_label("Mark this moment")).to_have_value("")
    expect_one(page.get_by_role("button", name="Marks (1)"))
    page.get_by_role("radio", name="session").click()
    wait_until_drawn(page, 3)
    drawn = seconds_drawn(page)
    page.once("dialog", lambda question: question.accept())  # the browser asks before it reloads
    page.reload()
    expect_one(page.get_by_text("the session so far was restored"))
    expect_one(page.get_by_role("button", name="Marks (1)"))
    expect(page.get_by_role("radio", name="session")).to_be_checked()
    wait_until_drawn(page, drawn)
    on(page)
    wait_until_drawn(page, drawn + 1)
    expect(page.get_by_text("the session so far was restored")).to_have_count(0)
    page.get_by_role("button", name="Make a report").click()
    expect_one(page.get_by_text(re.compile("Live class, 20")))
    expect_one(page.get_by_role("button", name="the first joke"))
