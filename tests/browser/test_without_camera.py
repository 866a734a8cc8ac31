"""A computer without a camera: what its pages say, and what keeps it from sharing a window."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from benchmarks.parts.stage import ROOT
from fer.web.widgets.browser import Browser
from tests.browser.conftest import new_context
from tests.browser.connections import REFUSE, WATCHED
from tests.browser.page import camera, expect_one, try_connection

# Another camera is plugged in, and the button is clicked within the same turn of the event loop.
# Streamlit then sends one message for both, in the name of the part that holds the first.
CLICK_WHILE_CAMERAS_CHANGE = """async (button) => {
    const count = (window.cameras = (window.cameras ?? 2) + 1);
    const cameras = Array(count).fill({ kind: "videoinput" });
    navigator.mediaDevices.enumerateDevices = async () => cameras;
    navigator.permissions.query = async () => ({ state: "prompt" });
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    for (let turn = 0; turn < 50; turn++) await null;
    button.click();
}"""


# A page without HTTPS: browsers leave out what asks for a camera.
INSECURE = "if (top.insecure) delete Navigator.prototype.mediaDevices"


def test_a_computer_without_a_camera_and_one_that_cannot_share_are_told_what_to_do(app, cameraless):
    with new_context(cameraless) as context:
        context.add_init_script(REFUSE)
        context.add_init_script(INSECURE)
        page = context.new_page()
        try_connection(page, app.url)
        alert = page.get_by_test_id("stAlert").filter(has_text="camera:")
        expect_one(alert)
        expect(alert).to_contain_text("then test again.")
        expect_one(page.get_by_text("The camera sends video."))

        page.get_by_role("link", name="Live").click()
        page.get_by_role("button", name="I have read this").click()
        expect_one(page.get_by_text("No camera was found."))

        expect_what_to_do_about_each_refusal(page)
        expect_no_click_is_lost_when_the_cameras_change(page)
        expect_what_keeps_a_window_from_being_shared(page)
        expect_what_to_do_without_https(page)


def expect_what_to_do_about_each_refusal(page: Page) -> None:
    begin = camera(page).get_by_role("button", name="Start camera")
    for refusal, todo in {
        "": "No camera was found: connect one",
        "OverconstrainedError": "No camera was found: connect one",
        "NotAllowedError": "click the camera icon in the address bar and allow the camera",
        "NotReadableError": "close other programs and tabs that use it",
    }.items():
        page.evaluate("(refusal) => { window.refusal = refusal; }", refusal)
        begin.click()
        expect_one(camera(page).get_by_text(todo))
        expect(camera(page).get_by_text("Error")).to_have_count(0)

    # Until somebody answers the browser's question, the page says that it asks.
    page.evaluate("window.refusal = 'nobody answers'")
    begin.click()
    expect_one(page.get_by_text("If the browser asks, allow it"))
    expect(page.get_by_text("No camera was found. Connect one")).to_have_count(0)
    camera(page).get_by_role("button", name="Stop camera").click()
    expect_one(page.get_by_text("No camera was found. Connect one"))


def expect_no_click_is_lost_when_the_cameras_change(page: Page) -> None:
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    with page.expect_download():
        page.get_by_role("button", name="Download table (CSV)").evaluate(CLICK_WHILE_CAMERAS_CHANGE)
    page.get_by_role("radio", name="Share a video call").evaluate(CLICK_WHILE_CAMERAS_CHANGE)
    expect_one(share_button(page))


def expect_what_keeps_a_window_from_being_shared(page: Page) -> None:
    page.evaluate(
        """() => {
            navigator.mediaDevices.getDisplayMedia = async () => {
                throw new DOMException("Permission denied", "NotAllowedError");
            };
        }"""
    )
    share_button(page).click()
    expect_one(page.get_by_text("Nothing is shared"))

    # The window gives no picture. Another try asks again.
    page.evaluate(
        """() => {
            navigator.mediaDevices.getDisplayMedia = async () => {
                window.shared = document.createElement("canvas").captureStream();
                return window.shared;
            };
            HTMLMediaElement.prototype.play = async () => {
                throw new DOMException("The operation was aborted.", "AbortError");
            };
        }"""
    )
    for _ in range(2):
        share_button(page).click()
        expect_one(page.get_by_text("The browser could not take a picture of that window."))
        assert page.evaluate("shared.getTracks().every((track) => track.readyState == 'ended')")
        page.evaluate("delete window.shared")

    page.get_by_text("Camera", exact=True).first.click()
    # The part looks for what the browser can do when it is drawn anew.
    expect(share_button(page)).to_have_count(0)
    page.evaluate(
        """() => {
            delete navigator.mediaDevices.getDisplayMedia;
            delete MediaDevices.prototype.getDisplayMedia;
        }"""
    )
    page.get_by_text("Share a video call").click()
    expect_one(page.get_by_text("Screen sharing is not supported here."))
    expect(share_button(page)).to_be_disabled()


def expect_what_to_do_without_https(page: Page) -> None:
    page.evaluate(f"() => {{ window.insecure = true; {INSECURE} }}")
    page.get_by_text("Camera", exact=True).first.click()
    page.wait_for_function(WATCHED)
    for name in ("Start camera", "Choose camera"):
        camera(page).get_by_role("button", name=name).click()
        expect_one(camera(page).get_by_text("open it with an address that begins with https://"))
        expect(camera(page).get_by_text("Error")).to_have_count(0)


# As Streamlit calls the component that tells Python what the browser allows.
REPORT = """async (script) => {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: component } = await import(url);
    const parentElement = document.body;
    return new Promise((done) => {
        component({ parentElement, setStateValue: (name, value) => done(value) });
    });
}"""


def test_a_browser_reports_that_a_page_came_without_https(cameraless, open_page):
    """The words for that are in tests/web/test_live_page.py."""
    page = open_page(cameraless)
    page.route("http://school.test/", lambda route: route.fulfill(body="the live page"))
    page.goto("http://school.test/")
    script = ROOT / "fer" / "web" / "widgets" / "browser.js"
    report = Browser.of(page.evaluate(REPORT, script.read_text("utf-8")))
    assert (report.secure, report.cameras) == (False, None)


def share_button(page: Page):
    return page.get_by_role("button", name="Share a window or screen")
