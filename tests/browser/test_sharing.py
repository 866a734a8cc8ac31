"""Sharing a video call, in a real browser. What keeps a window from being shared is in
test_without_camera."""

import pytest
from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from tests.browser.connections import expect_off, watch
from tests.browser.page import camera, expect_faces, expect_one, metric, start


@pytest.fixture(scope="module")
def browser(playwright, footage, gallery_page):
    """It has a camera that it gives to no page. The fake dialogue for cameras would refuse tabs."""
    switches = (
        "--deny-permission-prompts",
        f"--auto-select-tab-capture-source-by-title={gallery_page.title}",
    )
    with stage.launch(playwright, footage("empty"), *switches, allow=False) as browser:
        yield browser


def share(page: Page) -> None:
    page.get_by_role("button", name="Share a window or screen").click()


def expect_nothing_shared(page: Page) -> None:
    expect(page.get_by_text("Sharing ended.").first).to_be_visible()
    expect(metric(page, "Faces")).to_have_text("–")


def test_who_is_refused_the_camera_shares_a_gallery_of_25_until_that_ends_in_any_way(
    browser, visit, gallery_page
):
    page = visit(browser, prepare=watch)
    start(page)
    expect_one(camera(page).get_by_text("allow the camera, then start it again"))
    expect_one(page.get_by_text("The browser blocks the camera"))
    expect_off(page, asked=1)

    gallery = page.context.new_page()
    gallery.set_viewport_size({"width": 1280, "height": 760})
    gallery.goto(gallery_page.url)
    page.bring_to_front()
    page.get_by_text("Share a video call").click()
    limit = page.get_by_role("slider", name="Unpleasant expressions above")
    limit.press("ArrowRight")
    expect(limit).to_have_value("45")
    share(page)
    expect_one(page.get_by_text("Sharing. The picture is read and forgotten."))
    expect_faces(page, 23, 27)
    expect(metric(page, "Pleasant")).not_to_have_text("–")
    expect_one(page.get_by_role("img", name="Preview of what is shared"))

    # A look at another page ends it and keeps the settings.
    page.get_by_role("link", name="Past sessions").click()
    expect_one(page.get_by_role("heading", name="Past sessions"))
    page.get_by_role("link", name="Live").click()
    expect_one(page.get_by_text("Press Share a window or screen"))
    expect_one(page.get_by_text("No source is running"))
    expect(limit).to_have_value("45")

    # It is started again and stopped.
    share(page)
    expect_faces(page, 23, 27)
    page.get_by_role("button", name="Stop sharing").click()
    expect_nothing_shared(page)

    # It is started once more, and the shared tab is closed.
    share(page)
    expect_one(page.get_by_text("Sharing. The picture is read and forgotten."))
    gallery.close()
    expect_nothing_shared(page)
