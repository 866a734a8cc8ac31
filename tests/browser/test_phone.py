"""The pages on a phone."""

import re

from playwright.sync_api import expect

from tests.browser.classroom import PHONE


def test_the_menu_closes_when_a_page_is_chosen(browsers, app):
    touch = {"has_touch": True, "is_mobile": True}
    with browsers("empty").new_context(viewport=PHONE, **touch) as context:
        page = context.new_page()
        page.goto(f"{app.url}/connection")
        for name, address in (("Past sessions", "/sessions"), ("Recording", "/recording")):
            page.get_by_test_id("stExpandSidebarButton").tap()
            link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name)
            expect(link).to_be_in_viewport()
            link.tap()
            expect(page).to_have_url(re.compile(f"{address}$"))
            expect(link).not_to_be_in_viewport()
