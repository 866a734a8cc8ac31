"""Pages for whoever has a phone, enlarges them, forces their own colours, or goes by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from fer.purpose import PRODUCT
from tests.browser.classroom import PHONE
from tests.browser.page import expect_one, expect_readable, expect_whole, wait_until

LAPTOP = {"width": 1366, "height": 768}
ENLARGED = {"width": 683, "height": 384}
"""A laptop's screen at 200 %, px."""


def background(part: Locator) -> str:
    return part.evaluate("(part) => getComputedStyle(part).backgroundColor")


def left(part: Locator) -> float:
    return part.evaluate("(part) => part.getBoundingClientRect().left")


@pytest.fixture
def page(app, cameraless, open_page) -> Page:
    """The page "Class" on a screen that can be touched."""
    page = open_page(cameraless, viewport=LAPTOP, has_touch=True, is_mobile=True)
    page.goto(f"{app.url}/class")
    expect_one(page.get_by_role("heading", name="Open a class", level=1))
    expect(page).to_have_title(f"Class – {PRODUCT}")
    return page


def test_pages_are_for_keyboards_high_contrast_large_letters_and_phones(page):
    # Whoever clicks needs no frame around what they clicked, also after a key; whoever uses keys
    # does.
    chosen, other = (page.get_by_test_id("stRadioOption").nth(place) for place in (0, -1))
    page.keyboard.press("Tab")
    other.click()
    expect(other.get_by_role("radio")).to_be_focused()
    expect(other).to_have_css("outline-style", "none")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_css("outline-style", "solid")

    # What is on is seen by more than the colours that a browser takes away.
    switch = page.get_by_test_id("stCheckbox").filter(has_text="Rehearsal").locator("label")
    switch.click()
    expect_one(page.get_by_text("The numbers of a single person are shown."))
    page.emulate_media(forced_colors="active")
    expect(switch.locator("> span + div")).to_have_css("border-top-style", "solid")
    expect(switch.get_by_role("switch")).to_be_checked()
    dots = [option.locator("> span + div > div > div") for option in (chosen, other)]
    assert background(dots[0].first) != background(dots[1].first)
    page.emulate_media(forced_colors="none")

    # Two columns are too narrow for their words on an enlarged page.
    fewest, ends = (page.get_by_test_id(kind) for kind in ("stNumberInput", "stSelectbox"))
    assert left(fewest) < left(ends)
    page.set_viewport_size(ENLARGED)
    wait_until(page, lambda: left(fewest) == left(ends))

    # On a phone the menu closes once a page is chosen.
    page.set_viewport_size(PHONE)
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
