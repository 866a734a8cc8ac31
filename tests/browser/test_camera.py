"""The live page with a camera, in a real browser."""

import re
import urllib.parse

import pandas as pd
import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.web.access import texts as access
from tests.browser.page import (
    NUMBER,
    Runs,
    camera,
    expect_faces,
    expect_one,
    metric,
    seconds_drawn,
    shares,
    show_classes,
    start,
    stop,
    wait_for_largest_share,
    wait_until_drawn,
)
from tests.fakes import wait_for


def test_a_laughing_face_makes_happy_the_largest_share(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    show_classes(page)
    wait_for_largest_share(page, "happy")
    expect(metric(page, "Pleasant")).to_have_text(re.compile(r"^(100|[5-9]\d)%$"))
    expect(page.locator(".st-key-headline")).to_contain_text("Mostly smiles")
    assert sum(shares(page).values()) == pytest.approx(1, abs=1e-3)


def test_six_faces_are_counted(browsers, visit):
    page = visit(browsers("six"))
    start(page)
    expect_faces(page, 5, 7)


def test_a_picture_without_faces_shows_the_empty_state(browsers, visit):
    page = visit(browsers("empty"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("0")
    expect_one(page.get_by_text(re.compile("No face in view")))
    expect(metric(page, "Pleasant")).to_have_text("–")
    show_classes(page)
    wait_for(lambda: shares(page), 60)
    assert set(shares(page).values()) == {0}


def test_stopping_and_starting_again_works_and_keeps_the_data(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    stop(page)
    expect_one(page.get_by_text("The camera is off."))
    expect(metric(page, "Faces")).to_have_text("–")
    wait_until_drawn(page, 1)
    before = seconds_drawn(page)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    wait_until_drawn(page, before)


def test_two_browsers_do_not_disturb_each_other(browsers, visit):
    one, other = visit(browsers("happy")), visit(browsers("empty"))
    start(one)
    start(other)
    expect(metric(one, "Faces")).to_have_text("1")
    expect(metric(other, "Faces")).to_have_text("0")
    expect(metric(other, "Pleasant")).to_have_text("–")
    stop(other)
    expect(metric(other, "Faces")).to_have_text("–")
    wait_until_drawn(one, seconds_drawn(one) + 2)
    expect(metric(one, "Faces")).to_have_text("1")


def test_marks_and_settings_do_not_reconnect_the_camera(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    video = camera(page).locator("video")
    video.evaluate("video => { video.before = true; }")
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


def test_a_key_marks_the_moment(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.get_by_role("heading", name="Live class mood").click()
    page.keyboard.press("2")
    expect_one(page.get_by_role("button", name="Marks (1)"))
    expect_one(page.locator("[data-chart=mood-shares]").get_by_text("⚑ Question"))
    # While a text is typed, digits are text.
    page.get_by_label("Mark this moment").press_sequentially("page 2")
    expect_one(page.get_by_role("button", name="Marks (1)"))


def test_a_session_becomes_a_report_with_one_click(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.get_by_label("Mark this moment").fill("the first joke")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.get_by_label("Mark this moment")).to_have_value("")
    wait_until_drawn(page, 4)
    page.get_by_role("button", name="Make a report").click()
    expect_one(page.get_by_text(re.compile("Live class, 20")))
    expect_one(page.get_by_role("button", name="the first joke"))


def test_the_whole_session_stays_chosen_after_a_look_at_another_page(browsers, visit):
    runs = Runs()
    page = visit(browsers("empty"), prepare=runs.watch)
    # Streamlit keeps a choice once the page has been run with it.
    with runs.after_one_more(page):
        page.get_by_role("radio", name="session").click()
    expect(page.get_by_role("radio", name="session")).to_be_checked()
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_role("heading", name="Model", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Live").click()
    expect(page.get_by_role("radio", name="session")).to_be_checked()


def test_the_charts_change_in_place(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    show_classes(page)
    names = ("mood-now", "mood-shares", "valence", "faces")
    for name in names:
        page.locator(f"[data-chart={name}] .main-svg").first.wait_for()
        page.locator(f"[data-chart={name}]").evaluate("chart => { chart.before = true; }")
    wait_until_drawn(page, seconds_drawn(page) + 3)
    for name in names:
        assert page.locator(f"[data-chart={name}]").evaluate("chart => chart.before") is True


def test_the_table_can_be_downloaded_and_the_session_cleared(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    wait_until_drawn(page, 3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download table (CSV)").click()
    table = pd.read_csv(download.value.path())
    assert 1 <= table["faces"].max() < 2
    assert {"t", "happy", "unsure", "valence", "mark"} <= set(table)
    stop(page)
    expect_one(page.get_by_text("The camera is off."))
    page.get_by_role("button", name="Clear session").click()
    page.get_by_role("button", name="Clear now").click()
    expect(metric(page, "Pleasant")).to_have_text("–")


def test_the_time_axis_begins_anew_after_a_clear(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    wait_until_drawn(page, 3)
    page.get_by_role("button", name="Clear session").click()
    page.get_by_role("button", name="Clear now").click()
    drawn = """(name) => {
        const { data, _fullLayout } = document.querySelector(`[data-chart=${name}]`);
        const end = new Date(_fullLayout.xaxis.range[1] + "Z");
        return data.at(-1).x.length > 2 && data.at(-1).x.length < 60 && end.getTime() < 60_000;
    }"""
    for name in ("mood-shares", "valence", "faces"):
        page.wait_for_function(drawn, arg=name)


def test_leaving_the_page_ends_the_stream_and_returning_keeps_the_data(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_text("Live class mood")).to_have_count(0)
    page.get_by_role("link", name="Live").click()
    expect_one(page.get_by_text("The camera is off."))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")


def test_a_tab_left_and_returned_to_has_missed_nothing(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    drawn = seconds_drawn(page)
    other = page.context.new_page()
    other.bring_to_front()
    other.goto("about:blank")
    other.wait_for_function("performance.now() > 3000")
    page.bring_to_front()
    page.wait_for_function(
        """(wanted) => {
            const line = document.querySelector("[data-chart=faces]")._fullData[0];
            return line.x.length >= wanted && [...line.y].every((faces) => faces > 0);
        }""",
        arg=drawn + 3,
    )


def test_visits_leave_no_stream_and_no_threads_behind(browsers, visit, app):
    page = visit(browsers("happy"))

    def cycle():
        start(page)
        expect(metric(page, "Faces")).to_have_text("1")
        stop(page)
        expect(metric(page, "Faces")).to_have_text("–")

    cycle()
    after_one = settled_threads(page, app)
    for _ in range(3):
        cycle()
    assert settled_threads(page, app) <= after_one + 1


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


def test_no_camera_is_said(playwright, visit):
    browser = stage.launch(playwright)
    page = visit(browser)
    expect_one(page.get_by_text("No camera was found."))
    browser.close()


def test_a_blocked_camera_is_said(playwright, visit, footage):
    browser = stage.launch(playwright, footage("empty"), "--deny-permission-prompts", allow=False)
    page = visit(browser)
    start(page)
    expect_one(camera(page).get_by_text("NotAllowedError"))
    expect_one(page.get_by_text("The browser blocks the camera"))
    browser.close()


def test_no_way_to_the_server_asks_for_a_turn_server(playwright, visit, footage, tmp_path):
    browser = stage.launch(
        playwright,
        footage("empty"),
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    )
    with stage.App(tmp_path / "log.txt", FER_CAMERA="video") as app:
        page = visit(browser, app.url)
        start(page)
        expect_one(page.get_by_text("A TURN server is needed"))
        expect_one(page.get_by_text("FER_ICE_SERVERS"))
    browser.close()


def test_a_page_without_https_says_so(playwright, footage, tmp_path):
    browser = stage.launch(
        playwright, footage("empty"), "--host-resolver-rules=MAP school.test 127.0.0.1"
    )
    environment = {"STREAMLIT_BROWSER_SERVER_ADDRESS": "school.test", "FER_PASSWORD": "sesame"}
    with stage.App(tmp_path / "log.txt", **environment) as app:
        page = browser.new_page()
        page.goto(f"http://school.test:{urllib.parse.urlsplit(app.url).port}")
        page.get_by_role("link", name=access.WITH_PASSWORD).click()
        page.get_by_label(access.PASSWORD).fill("sesame")
        page.get_by_role("button", name=access.SIGN_IN).click()
        page.get_by_role("button", name="I have read this").click()
        expect_one(page.get_by_text("it was not opened over HTTPS"))
    browser.close()


def test_numbers_are_numbers(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text(NUMBER)
    expect(page.locator(".st-key-status")).to_have_text(
        re.compile(r"^\d+\.\d pictures read a second · \d+\.\d s behind the camera")
    )


def test_a_reload_in_the_middle_of_a_session_keeps_it(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.get_by_label("Mark this moment").fill("the first joke")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect_one(page.get_by_role("button", name="Marks (1)"))
    page.get_by_role("radio", name="session").click()
    wait_until_drawn(page, 4)
    drawn = seconds_drawn(page)
    page.once("dialog", lambda question: question.accept())  # the browser asks before it reloads
    page.reload()
    expect_one(page.get_by_text("the session so far was restored"))
    expect_one(page.get_by_role("button", name="Marks (1)"))
    expect(page.get_by_role("radio", name="session")).to_be_checked()
    wait_until_drawn(page, drawn)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    wait_until_drawn(page, drawn + 3)
    expect(page.get_by_text("the session so far was restored")).to_have_count(0)


def test_another_tab_begins_a_session_of_its_own(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    word = page.evaluate("sessionStorage.getItem('fer-live-visit')")
    assert word
    # As a browser duplicates a tab: with what the first one keeps.
    other = page.context.new_page()
    other.add_init_script(f"sessionStorage.setItem('fer-live-visit', {word!r})")
    other.goto(page.url)
    other.get_by_role("button", name="I have read this").click()
    expect(metric(other, "Faces")).to_have_text("–")
    expect(other.get_by_text("restored")).to_have_count(0)
    expect(metric(page, "Faces")).to_have_text("1")
