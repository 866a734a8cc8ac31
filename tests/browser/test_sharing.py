"""Sharing a video call, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from tests.browser.page import expect_faces, expect_one, metric


@pytest.fixture(scope="module")
def browser(playwright, gallery_page):
    # The fake dialogue for cameras would refuse tabs.
    browser = stage.launch(
        playwright,
        None,
        f"--auto-select-tab-capture-source-by-title={gallery_page.title}",
        allow=False,
    )
    yield browser
    browser.close()


def share(page: Page) -> None:
    page.get_by_role("button", name="Share a window or screen").click()


def expect_nothing_shared(page: Page) -> None:
    expect(page.get_by_text("Sharing ended.").first).to_be_visible()
    expect(metric(page, "Faces")).to_have_text("–")


def test_a_gallery_of_25_is_counted_until_the_sharing_ends_in_any_way(browser, visit, gallery_page):
    page = visit(browser)
    gallery = page.context.new_page()
    gallery.set_viewport_size({"width": 1280, "height": 760})
    gallery.goto(gallery_page.url)
    page.bring_to_front()
    page.get_by_text("Share a video call").click()
    share(page)
    expect_one(page.get_by_text("Sharing. The picture is read and forgotten."))
    expect_faces(page, 23, 27)
    expect(metric(page, "Pleasant")).not_to_have_text("–")
    expect_one(page.get_by_role("img", name="Preview of what is shared"))

    # It is stopped and started again.
    page.get_by_role("button", name="Stop sharing").click()
    expect_nothing_shared(page)
    share(page)
    expect_faces(page, 23, 27)

    # A look at another page ends it and keeps the settings.
    limit = page.get_by_role("slider", name="Unpleasant expressions above")
    limit.press("ArrowRight")
    expect(limit).to_have_value("45")
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_role("heading", name="Model", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Live").click()
    expect_one(page.get_by_text("Press Share a window or screen"))
    expect_one(page.get_by_text("No source is running"))
    expect(limit).to_have_value("45")
    share(page)
    expect_faces(page, 23, 27)

    # The shared tab is closed.
    gallery.close()
    expect_nothing_shared(page)


def test_what_keeps_a_window_from_being_shared_is_said(browsers, visit):
    page = visit(browsers("empty"))
    page.get_by_text("Share a video call").click()
    page.evaluate(
        """() => {
            navigator.mediaDevices.getDisplayMedia = async () => {
                throw new DOMException("Permission denied", "NotAllowedError");
            };
        }"""
    )
    share(page)
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
        share(page)
        expect_one(page.get_by_text("The browser could not take a picture of that window."))
        assert page.evaluate("shared.getTracks().every((track) => track.readyState == 'ended')")
        page.evaluate("delete window.shared")

    page.get_by_text("Camera", exact=True).first.click()
    # The part looks for what the browser can do when it is drawn anew.
    expect(page.get_by_role("button", name="Share a window or screen")).to_have_count(0)
    page.evaluate(
        """() => {
            delete navigator.mediaDevices.getDisplayMedia;
            delete MediaDevices.prototype.getDisplayMedia;
        }"""
    )
    page.get_by_text("Share a video call").click()
    expect_one(page.get_by_text("Screen sharing is not supported here."))
    expect(page.get_by_role("button", name="Share a window or screen")).to_be_disabled()
