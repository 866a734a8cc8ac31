"""A recording in a real browser: from the upload to the downloaded report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.parts.visitor import Visitor
from tests.browser.page import expect_one, kinds_of, recorded, wait_until
from tests.fakes import wait_for
from tests.footage import cut, make_long_video

CLIP = "student_laughing_854x480.mp4"
CLIP_S = 12
"""So much of the clip is analysed, s: the student laughs for most of it, and then wonders."""

ANALYSIS_MS = 240_000


@pytest.fixture(scope="module")
def visit(browsers):
    """Opens an empty page for a new visitor."""
    contexts = []

    def visit() -> Page:
        context = browsers("happy").new_context(viewport={"width": 1366, "height": 768})
        contexts.append(context)
        # A browser on a busy machine may be slow to answer, too.
        context.set_default_timeout(ANALYSIS_MS)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def first_visitor(visit, below_path):
    """The app, opened once for all tests: a load takes six seconds of a processor."""
    page = visit()
    page.goto(f"{below_path.url}/recording")
    return page


@pytest.fixture
def page(first_visitor):
    """The page "Recording" with nothing chosen, whatever is open."""
    first_visitor.get_by_role("link", name="Class").click()
    expect_one(first_visitor.get_by_role("heading", name="Open a class"))
    first_visitor.get_by_role("link", name="Recording").click()
    expect_one(first_visitor.get_by_text("Nothing chosen yet"))
    return first_visitor


def shown(page: Page) -> Locator:
    """The video, once the analysis is done and the browser can play it."""
    video = page.locator("video:not(.preview)")
    expect_one(video, timeout=ANALYSIS_MS)
    page.wait_for_function("v => v.readyState >= 2", arg=video.element_handle())
    return video


def chart(page: Page, number: int = 0) -> Locator:
    plot = page.locator(".st-key-time-main .js-plotly-plot").nth(number)
    expect_one(plot.locator(".nsewdrag"))
    return plot


def click_at(page: Page, plot: Locator, part: float) -> None:
    """Click on a chart, at a part of its width from the left."""
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").bounding_box()
    page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)


def at(video: Locator, low: float, high: float) -> None:
    """Wait until the video stands between two times in s."""
    video.page.wait_for_function(
        "([v, low, high]) => low <= v.currentTime && v.currentTime <= high",
        arg=[video.element_handle(), low, high],
    )


def cursor(plot: Locator) -> float:
    """Where the cursor stands on a chart, as a part of the chart's width from the left."""
    return plot.evaluate(
        """plot => {
            const area = plot.querySelector(".nsewdrag").getBoundingClientRect();
            const line = plot.querySelector(".mood-cursor").getBoundingClientRect();
            return (line.left - area.left) / area.width;
        }"""
    )


@contextmanager
def busy_with_another(url: str) -> Iterator[None]:
    """Another visitor's page runs many times, as a live page does, until the end of the block.

    After two runs of any page Streamlit drops the files of its own download buttons."""
    over = Event()

    def run() -> None:
        with Visitor(url, "recording") as other:
            while not over.wait(0.1):
                other.open("recording")

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_clip_becomes_a_report_that_others_watch_until_it_is_deleted(
    below_path, page, visit, media, tmp_path
):
    clip = cut(media / CLIP, tmp_path / "laughing.mp4", CLIP_S)
    page.locator(".st-key-upload input[type=file]").set_input_files(clip)
    start = page.get_by_role("button", name="Analyse", exact=True)
    expect(start).to_be_enabled()
    keep = page.locator(".st-key-upload-keep input")
    page.get_by_role("tabpanel", name="Upload").get_by_text("Keep the recording").click()
    expect(keep).to_be_checked()
    start.click()
    in_step_with_its_video(page)
    assert [*below_path.results.glob(f"*/upload/{clip.name}")]
    exports_arrive(page, below_path.url, tmp_path)

    # Another visitor gets the recording from the server, in small parts.
    other = visit()
    asked = []
    other.on("request", lambda ask: asked.append(ask))
    other.goto(page.url)
    video = shown(other)
    server = [ask for ask in asked if ask.url.startswith("http")]
    ranges = [ask.headers["range"] for ask in server if "range" in ask.headers]
    assert ranges == [f"bytes=0-{8 * 2**20 - 1}"]
    click_at(other, chart(other), 0.75)
    at(video, 8, 10)

    # Without a recording, the chart still moves the cursor.
    other.get_by_role("tab", name="Export").click()
    other.get_by_role("button", name="Delete the recording").click()
    other.get_by_role("button", name="Delete now").click()
    expect_one(other.get_by_text("is not on the server"))
    click_at(other, chart(other), 0.5)
    expect(other.locator(".now")).to_have_text(re.compile("0:0[56]"))

    # It is played from the visitor's own computer then.
    other.get_by_label("Open the recording from this computer").set_input_files(clip)
    video = shown(other)
    at(video, 5, 7)
    click_at(other, chart(other), 0.75)
    at(video, 8, 10)
    deleted_by_keyboard(other, clip.name)
    other.context.close()


def in_step_with_its_video(page: Page) -> None:
    """Go through a result of `CLIP_S` seconds, by the charts, the video and the events."""
    video = shown(page)
    # A click on the chart moves the video; the cursor follows on every chart.
    click_at(page, chart(page), 0.5)
    at(video, 5, 7)
    click_at(page, chart(page, 1), 0.2)
    at(video, 1.5, 3.3)

    # Playing moves the cursor.
    wait_for(lambda: 0.12 <= cursor(chart(page)) <= 0.28)
    before = cursor(chart(page))
    video.evaluate("v => v.play()")
    wait_for(lambda: cursor(chart(page)) > before + 0.01)
    video.evaluate("v => v.pause()")

    # An event jumps to its start, by keyboard too.
    laughter = page.locator(".events button").first
    expect(laughter.locator(".when")).to_contain_text("0:00–")
    laughter.focus()
    page.keyboard.press("Enter")
    at(video, 0, 1)


def exports_arrive(page: Page, url: str, folder: Path) -> None:
    """Download every file of the result while another visitor keeps the app busy."""
    page.get_by_role("tab", name="Export", exact=True).click()
    with busy_with_another(url):
        for label, begin in (
            ("Report (HTML)", b"<!doctype html>"),
            ("Report (PDF)", b"%pdf"),
            ("Timeline (CSV)", b"t,"),
            ("Timeline (Parquet)", b"par1"),
            ("Faces (CSV)", b"t,"),
            ("Faces (Parquet)", b"par1"),
        ):
            with page.expect_download(timeout=30_000) as download:
                page.get_by_role("button", name=label).click()
            file = folder / "file"
            download.value.save_as(file)
            assert file.read_bytes()[:15].lower().startswith(begin), label
    assert len(pd.read_parquet(file)) == 2 * CLIP_S  # one face, twice a second


def deleted_by_keyboard(page: Page, name: str) -> None:
    """Delete the result that is shown, which is done only after a question."""
    ask = page.get_by_role("button", name="Delete this result")
    ask.focus()
    page.keyboard.press("Enter")
    yes = page.get_by_role("button", name="Delete now")
    expect_one(yes)
    expect_one(page.get_by_role("listitem").filter(has_text=name))
    page.keyboard.press("Escape")
    expect(yes).to_have_count(0)
    ask.focus()
    page.keyboard.press("Enter")
    expect_one(yes)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_one(page.get_by_text(f"Will be deleted within a minute: {name}"))
    expect(page.locator(".st-key-table").get_by_text(name)).to_have_count(0)


def test_a_recorded_clip_is_analysed_once_and_a_running_analysis_is_found_again(
    below_path, page, media, tmp_path
):
    app = below_path
    start = page.get_by_role("button", name="Analyse", exact=True)
    cancel = page.get_by_role("button", name="Cancel")
    before = len(list(app.results.glob("*/job.json")))

    # A clip is recorded, and analysed once by two clicks.
    page.get_by_role("button", name="Record video").click()
    expect_one(page.get_by_text("● 0:03"))
    page.get_by_role("button", name="Stop recording").click()
    # Streamlit may show its whole name beside the shortened one.
    name = page.get_by_text(re.compile(r"clip-.*webm"))
    expect(name.first).to_be_visible()
    assert kinds_of(recorded(page)) == {"audio", "video"}
    start.dblclick()
    video = shown(page)
    page.wait_for_function("v => v.duration > 2 && v.duration < 30", arg=video.element_handle())
    click_at(page, chart(page), 0.5)
    at(video, 0.5, 25)
    # The uploader is empty then, and the clip is gone from the server.
    page.get_by_role("button", name="New analysis").click()
    expect(start).to_be_disabled()
    expect(page.locator(".st-key-upload").get_by_text(re.compile("clip-"))).to_have_count(0)
    assert len(list(app.results.glob("*/job.json"))) == before + 1
    assert not list(app.results.rglob("*.webm"))
    assert not list((app.results / ".uploads").glob("*"))

    # Nothing starts while a file is on its way.
    chosen = page.locator(".st-key-upload input[type=file]")
    chosen.set_input_files(media / CLIP)
    expect(start).to_be_enabled()
    uploads = []
    page.route("**/_stcore/upload_file/**", lambda route: uploads.append(route))
    # Long enough to be still read when the page is found again.
    chosen.set_input_files(make_long_video(tmp_path / "long.mp4"))
    expect(start).to_have_css("pointer-events", "none")
    expect(start).to_be_enabled()
    wait_until(page, lambda: bool(uploads))
    uploads[0].continue_()
    expect(start).to_have_css("pointer-events", "auto")
    start.click()
    expect(cancel).to_have_count(2)
    cancel.first.click()
    expect(cancel).to_have_count(1)

    # After a look at another page, the analysis that still runs is found again.
    page.get_by_role("link", name="Class").click()
    expect_one(page.get_by_role("heading", name="Open a class"))
    page.get_by_role("link", name="Recording").click()
    expect_one(page.get_by_text("Your analyses: 1 running."))
    page.get_by_role("button", name="Open", exact=True).first.click()
    expect(page).to_have_url(re.compile("job="))
    expect(page.get_by_text("long.mp4").first).to_be_visible()
    expect(page.get_by_text("Your analyses")).to_have_count(0)
    cancel.click()
    expect(cancel).to_have_count(0)
