"""The pages on a phone."""

import re

from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_the_menu_closes_when_a_page_is_chosen(browsers, app):
    with browsers("empty").new_context(**PHONE) as context:
        page = context.new_page()
        page.goto(app.url)
        for name, address in (("Model", "/model"), ("Recording", "/recording")):
            page.get_by_test_id("stExpandSidebarButton").tap()
            link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name)
            expect(link).to_be_in_viewport()
            link.tap()
            expect(page).to_have_url(re.compile(f"{address}$"))
            expect(link).not_to_be_in_viewport()
