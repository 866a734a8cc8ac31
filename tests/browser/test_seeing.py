"""Pages for whoever enlarges them, forces their own colours, or goes by keyboard."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from fer.purpose import PRODUCT
from tests.browser.page import expect_one, wait_until

LAPTOP = {"width": 1366, "height": 768}
ENLARGED = {"width": 683, "height": 384}
"""A laptop's screen at 200 %, px."""


def background(part: Locator) -> str:
    return part.evaluate("(part) => getComputedStyle(part).backgroundColor")


def left(part: Locator) -> float:
    return part.evaluate("(part) => part.getBoundingClientRect().left")


def test_a_page_for_keyboards_high_contrast_and_large_letters(app, cameraless, open_page):
    page = open_page(cameraless, viewport=LAPTOP)
    page.goto(f"{app.url}/class")
    expect_one(page.get_by_role("heading", name="Open a class", level=1))
    expect(page).to_have_title(f"Class – {PRODUCT}")

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
