"""What brings a camera back that has lost its connection, and what leaves it off.

The app, the camera and the connection are real. Only the browser's word that the connection has
failed comes from the test, because a browser takes half a minute to say so.
"""

import re
import threading
import time

from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from tests.browser.page import camera, expect_one, metric, start, stop
from tests.fakes import wait_for

FRAME = "document.querySelector('iframe[title*=webrtc]')?.contentWindow"

# Runs first in the page and in each frame: keeps the connections, and counts how often a camera is
# asked for, and how often the component that watches the connection has looked at it.
WATCH = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
        super(...given);
        connections.push(this);
    }
};
window.asked = 0;
const { mediaDevices } = navigator;
const ask = mediaDevices?.getUserMedia;
if (ask) mediaDevices.getUserMedia = (wishes) => {
    asked += 1;
    return ask.call(mediaDevices, wishes);
};
window.looks = 0;
const every = setInterval;
window.setInterval = (act, ms, ...rest) => every(() => {
    if (ms === 300 && window.blind) return;
    act(...rest);
    if (ms === 300) looks += 1;
}, ms);
"""


def watch(context) -> None:
    context.add_init_script(WATCH)


def look(page: Page) -> None:
    """Wait until the component has looked some times more."""
    page.wait_for_function("(before) => looks > before + 4", arg=page.evaluate("looks"))


def fail(page: Page) -> None:
    """Let the browser say that the connection has failed, once the component knows the camera."""
    page.wait_for_function(f"() => {FRAME}?.line?.wanted")
    page.evaluate(
        f"""() => {{
            const connection = {FRAME}.connections.at(-1);
            Object.defineProperty(connection, "connectionState", {{ get: () => "failed" }});
            connection.dispatchEvent(new Event("connectionstatechange"));
        }}"""
    )


def expect_back(page: Page) -> None:
    began = time.monotonic()
    expect_one(page.get_by_text("It is back"), timeout=60_000)
    expect(metric(page, "Faces")).to_have_text("1")
    # On a very busy machine an answer may take longer than the 20 s after which it is tried again.
    tries = 1 + (time.monotonic() - began) // 20
    assert 2 <= page.evaluate(f"{FRAME}.asked") <= 1 + tries


def expect_off(page: Page, asked: int) -> None:
    """The camera is off, and the component leaves it so."""
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    look(page)
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    expect(page.get_by_text("lost its connection")).to_have_count(0)
    assert page.evaluate(f"{FRAME}.asked") == asked


def test_a_camera_that_was_started_before_it_was_watched_comes_back(browsers, visit):
    def blind(context):
        context.add_init_script("window.blind = true;")
        watch(context)

    page = visit(browsers("happy"), prepare=blind)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.evaluate("window.blind = false")
    fail(page)
    expect_back(page)


def test_a_camera_whose_frame_came_late_comes_back(browsers, visit):
    held = []
    free = threading.Event()

    def hold(context):
        watch(context)
        context.route(
            re.compile("streamlit_webrtc.*index.html"),
            lambda route: route.continue_() if free.is_set() else held.append(route),
        )

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


def test_a_camera_that_was_stopped_stays_off(browsers, visit):
    page = visit(browsers("happy"), prepare=watch)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    stop(page)
    expect_off(page, asked=1)


def test_a_camera_stays_off_after_a_look_at_another_source(browsers, visit):
    page = visit(browsers("happy"), prepare=watch)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.get_by_role("radio", name="Share a video call").click()
    expect_one(page.get_by_role("button", name="Share a window or screen"))
    # Whoever is back before the page has taken the frame away has not stopped the camera.
    expect(page.locator("iframe[title*=webrtc]")).to_have_count(0)
    page.get_by_role("radio", name="Camera").click()
    expect_off(page, asked=0)


def test_a_camera_that_the_browser_refuses_is_not_asked_for_again(playwright, visit, footage):
    browser = stage.launch(playwright, footage("empty"), "--deny-permission-prompts", allow=False)
    page = visit(browser, prepare=watch)
    start(page)
    expect_one(camera(page).get_by_text("NotAllowedError"))
    expect_off(page, asked=1)
    browser.close()
