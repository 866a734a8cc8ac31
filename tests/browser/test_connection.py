"""A teacher tests the connection in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.web.connection import texts
from tests.browser.page import expect_one
from tests.coturn import SECRET, Coturn, missing

TEST_MS = 60_000


@pytest.fixture
def relaying(tmp_path):
    """The app below a path, with a TURN server."""
    if missing():
        pytest.skip("coturn is not installed")
    with Coturn(tmp_path) as coturn:
        settings = {"FER_TURN_URLS": coturn.url, "FER_TURN_SECRET": SECRET}
        with stage.App(tmp_path / "log.txt", path="/mood", **settings) as app:
            yield app


def run_the_test(page, url):
    page.goto(f"{url}/connection")
    page.get_by_role("button", name=texts.START).click(timeout=TEST_MS)
    expect(page.get_by_text("chosen way")).to_be_visible(timeout=TEST_MS)
    return page


def test_all_is_well_with_a_camera_and_a_relay(relaying, browsers):
    with browsers("empty").new_context() as context:
        page = run_the_test(context.new_page(), relaying.url)
        for said in (
            "Browsers give cameras to this address.",
            "The camera can be used.",
            "The web socket is open, and the server answers within",
            "Video can be relayed by a TURN server.",
            "The camera sends video.",
        ):
            expect(page.get_by_text(said)).to_be_visible()
        assert SECRET not in page.content()


def test_a_browser_without_a_camera_is_told_what_to_do_and_so_on_the_live_page(app, playwright):
    with stage.launch(playwright, None, allow=False) as browser:
        page = run_the_test(browser.new_page(), app.url)
        alert = page.get_by_test_id("stAlert").filter(has_text="camera:")
        expect(alert).to_be_visible()
        expect(alert).to_contain_text("then test again.")
        expect(page.get_by_text("The camera sends video.")).to_be_visible()
        page.get_by_role("link", name="Live").click()
        page.get_by_role("button", name="I have read this").click()
        expect_one(page.get_by_text("No camera was found."))
