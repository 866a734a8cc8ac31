"""Sharing a video call, in a real browser."""

import pytest
from playwright.sync_api import expect

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


@pytest.fixture
def sharing(browser, visit, gallery_page):
    """The live page, sharing a gallery of 25, and the gallery's tab."""
    page = visit(browser)
    gallery = page.context.new_page()
    gallery.set_viewport_size({"width": 1280, "height": 760})
    gallery.goto(gallery_page.url)
    page.bring_to_front()
    page.get_by_text("Share a video call").click()
    page.get_by_role("button", name="Share a window or screen").click()
    expect_one(page.get_by_text("Sharing. The picture is read and forgotten."))
    return page, gallery


def test_a_gallery_of_25_is_counted(sharing):
    page, _ = sharing
    expect_faces(page, 23, 27)
    expect(metric(page, "Pleasant")).not_to_have_text("–")
    expect_one(page.get_by_role("img", name="Preview of what is shared"))


def test_sharing_can_be_stopped_and_started_again(sharing):
    page, _ = sharing
    expect_faces(page, 23, 27)
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_text("Sharing ended.").first).to_be_visible()
    expect(metric(page, "Faces")).to_have_text("–")
    page.get_by_role("button", name="Share a window or screen").click()
    expect_faces(page, 23, 27)


def test_closing_the_shared_tab_is_said(sharing):
    page, gallery = sharing
    expect_faces(page, 23, 27)
    gallery.close()
    expect(page.get_by_text("Sharing ended.").first).to_be_visible()
    expect(metric(page, "Faces")).to_have_text("–")


def test_a_refused_dialogue_is_said(playwright, visit):
    browser = stage.launch(playwright, None, allow=False)
    page = visit(browser)
    page.get_by_text("Share a video call").click()
    page.evaluate(
        """() => {
            navigator.mediaDevices.getDisplayMedia = async () => {
                throw new DOMException("Permission denied", "NotAllowedError");
            };
        }"""
    )
    page.get_by_role("button", name="Share a window or screen").click()
    expect_one(page.get_by_text("Nothing is shared"))
    browser.close()


def test_a_browser_without_sharing_says_so(browser, visit):
    page = visit(browser)
    page.evaluate("delete MediaDevices.prototype.getDisplayMedia")
    page.get_by_text("Share a video call").click()
    expect_one(page.get_by_text("Screen sharing is not supported here."))
    expect(page.get_by_role("button", name="Share a window or screen")).to_be_disabled()


def test_a_look_at_another_page_ends_the_sharing_and_keeps_the_settings(sharing):
    page, _ = sharing
    expect_faces(page, 23, 27)
    limit = page.get_by_role("slider", name="Unpleasant expressions above")
    limit.press("ArrowRight")
    expect(limit).to_have_value("45")
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_role("heading", name="Model", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Live").click()
    expect_one(page.get_by_text("Press Share a window or screen"))
    expect_one(page.get_by_text("No source is running"))
    expect(limit).to_have_value("45")
    page.get_by_role("button", name="Share a window or screen").click()
    expect_faces(page, 23, 27)
