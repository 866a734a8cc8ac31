"""What brings a camera back that has lost its connection, and what leaves it off.

The app, the camera and the connection are real. Only the browser's word that the connection has
failed comes from the test, because a browser takes half a minute to say so.
"""

import re
import threading
import time

from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from tests.browser.connections import fail, look, times_asked, watch
from tests.browser.page import camera, expect_one, metric, start, stop
from tests.fakes import wait_for


def expect_back(page: Page) -> None:
    began = time.monotonic()
    expect_one(page.get_by_text("It is back"), timeout=60_000)
    expect(metric(page, "Faces")).to_have_text("1")
    # On a very busy machine an answer may take longer than the 20 s after which it is tried again.
    tries = 1 + (time.monotonic() - began) // 20
    assert 2 <= times_asked(page) <= 1 + tries


def expect_off(page: Page, asked: int) -> None:
    """The camera is off, and the component leaves it so."""
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    look(page)
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    expect(page.get_by_text("lost its connection")).to_have_count(0)
    assert times_asked(page) == asked


def leave_for_another_source(page: Page) -> None:
    page.get_by_role("radio", name="Share a video call").click()
    expect_one(page.get_by_role("button", name="Share a window or screen"))
    # Whoever is back before the page has taken the frame away has not stopped the camera.
    expect(page.locator("iframe[title*=webrtc]")).to_have_count(0)


def test_a_lost_camera_comes_back_and_one_that_was_left_or_stopped_stays_off(browsers, visit):
    held = []
    free = threading.Event()

    def hold(context):
        watch(context)
        context.route(
            re.compile("streamlit_webrtc.*index.html"),
            lambda route: route.continue_() if free.is_set() else held.append(route),
        )

    # Its frame comes after the component has looked for it.
    page = visit(browsers("happy"), prepare=hold)
    wait_for(lambda: page.evaluate("looks") and held, 60)
    look(page)
    free.set()
    for route in held:
        route.continue_()
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    fail(page)
    expect_back(page)

    leave_for_another_source(page)
    page.get_by_role("radio", name="Camera").click()
    expect_off(page, asked=0)

    # The next camera is started before the component has looked at its frame.
    leave_for_another_source(page)
    page.evaluate("window.blind = true")
    page.get_by_role("radio", name="Camera").click()
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.evaluate("window.blind = false")
    fail(page)
    expect_back(page)

    asked = times_asked(page)
    stop(page)
    expect_off(page, asked)


def test_a_camera_that_the_browser_refuses_is_said_and_not_asked_for_again(
    playwright, visit, footage
):
    switches = "--deny-permission-prompts"
    with stage.launch(playwright, footage("empty"), switches, allow=False) as browser:
        page = visit(browser, prepare=watch)
        start(page)
        expect_one(camera(page).get_by_text("NotAllowedError"))
        expect_one(page.get_by_text("The browser blocks the camera"))
        expect_off(page, asked=1)
