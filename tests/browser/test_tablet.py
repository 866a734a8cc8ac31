"""The pages on a tablet, where the sidebar leaves as much room as a phone has."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page import metric

TABLET = {"width": 820, "height": 1180}

CUT_OFF = """() => [...document.querySelectorAll(
    "[data-testid=stMain] :is(button, a, [data-testid=stMetric]) *"
)].filter((part) => part.clientWidth && part.scrollWidth > part.clientWidth + 1)
  .map((part) => part.textContent)"""
"""Returns the texts of buttons and numbers that are wider than their places."""


@pytest.fixture
def tablet(browsers):
    with browsers("empty").new_context(viewport=TABLET) as context:
        yield context.new_page()


def expect_whole(page: Page) -> None:
    assert page.evaluate(CUT_OFF) == []


def test_the_code_and_the_buttons_of_a_class_are_whole(tablet, app):
    tablet.goto(f"{app.url}/class")
    tablet.get_by_role("button", name="Open the class").click()
    expect(metric(tablet, "Code")).to_have_text(re.compile(r"^\w{3}-\w{4}$"))
    expect(tablet.get_by_role("button", name="End the class")).to_be_visible()
    expect_whole(tablet)


def test_the_numbers_of_the_live_page_are_whole_and_its_charts_wide(tablet, app):
    tablet.goto(f"{app.url}/?demo")
    expect(metric(tablet, "Faces")).to_have_text("12")
    expect_whole(tablet)
    chart = tablet.locator("[data-chart=mood-shares]")
    expect(chart).to_be_visible()
    assert chart.bounding_box()["width"] > TABLET["width"] / 2
