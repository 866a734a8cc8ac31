"""The page of past sessions in a browser: a class and a recording, deleted and taken back."""

import re
import time

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from tests.browser.classroom import PHONE
from tests.sessions.conftest import Archive
from tests.tables import lecture


@pytest.fixture
def served(tmp_path):
    """The app with a class and a result from earlier."""
    folder = tmp_path / "results"
    folder.mkdir()
    archive = Archive(folder, f"sqlite:///{folder}/classes.db")
    archive.school.time = time.time() - 86400
    archive.held(["happy"] * 6, owner="", title="Physics")
    archive.board.add_report("optics.mp4", lecture(60, peak="sad"))
    archive.board.close()
    with stage.App(tmp_path / "log.txt") as app:
        yield app


def test_a_class_is_opened_downloaded_deleted_taken_back_and_compared(served, browsers):
    page = browsers("empty").new_page()
    page.goto(f"{served.url}/sessions")
    boxes = page.get_by_test_id("stCheckbox")
    expect(boxes).to_have_count(2)
    boxes.filter(has_text="Physics").click()
    open_ = page.get_by_role("button", name="Open", exact=True)
    expect(open_).to_be_enabled()
    open_.click()
    expect(page.get_by_role("heading", name="Physics")).to_be_visible()
    expect(page.get_by_text("Mostly smiles")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Timeline (CSV)").click()
    assert "happy" in download.value.path().read_text("utf-8")

    # Whoever comes back finds nothing chosen, on the page and on the server alike.
    def comes_back():
        expect(boxes).to_have_count(2)
        expect(page.get_by_text("Choose one session or several")).to_be_visible()
        expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
        assert not any(box.is_checked() for box in boxes.get_by_role("checkbox").all())

    page.get_by_role("button", name="All past sessions").click()
    comes_back()
    for box in ("Physics", "optics"):
        boxes.filter(has_text=box).click()
        expect(boxes.filter(has_text=box).get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_label(re.compile("Type 2")).fill("2")
    page.get_by_label(re.compile("Type 2")).press("Enter")
    page.get_by_role("button", name="Delete now").click()
    expect(page.get_by_text("Will be deleted within a minute")).to_be_visible()
    expect(boxes).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(boxes).to_have_count(2)

    # A comparison keeps its height on a phone: legends that need more room than a figure has would
    # take it from the chart.
    page.set_viewport_size(PHONE)
    for name in ("Physics", "optics"):
        boxes.filter(has_text=name).click()
        expect(boxes.filter(has_text=name).get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator(".js-plotly-plot .legend").nth(1).wait_for()
    room = page.evaluate(
        """() => [...document.querySelectorAll(".js-plotly-plot")].map((chart) => {
            const { _size, height, width, margin, legend } = chart._fullLayout;
            return [height - margin.t - margin.b - _size.h, width - _size.l - legend._width];
        })"""
    )
    assert len(room) == 2
    assert max(taken for taken, _ in room) <= 2  # px, as heights are rounded
    assert min(beside for _, beside in room) >= 0

    page.go_back()
    comes_back()
    page.close()
