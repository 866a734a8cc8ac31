"""The pages on a phone."""

import re

from playwright.sync_api import expect

from tests.browser.classroom import PHONE
from tests.browser.page import expect_one, expect_readable, expect_whole


def test_the_menu_closes_and_a_page_is_whole_and_readable(browsers, app):
    touch = {"has_touch": True, "is_mobile": True}
    with browsers("empty").new_context(viewport=PHONE, **touch) as context:
        page = context.new_page()
        page.goto(f"{app.url}/connection")
        for name, address in (("Past sessions", "/sessions"), ("Model", "/model")):
            page.get_by_test_id("stExpandSidebarButton").tap()
            link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name)
            expect(link).to_be_in_viewport()
            link.tap()
            expect(page).to_have_url(re.compile(f"{address}$"))
            expect(link).not_to_be_in_viewport()

        # On this page are the longest names of numbers, notes and charts.
        expect_one(page.get_by_text("Answered at 90%"))
        expect(page.locator(".xtick text").first).to_be_visible()
        expect_whole(page)
        expect_readable(page)

        # Whoever has a keyboard sees where they are.
        page.get_by_test_id("stExpandSidebarButton").tap()
        link.press("Shift+Tab")
        focused = page.get_by_test_id("stSidebarNav").locator("a:focus-visible")
        expect(focused).to_have_css("outline-style", "solid")
