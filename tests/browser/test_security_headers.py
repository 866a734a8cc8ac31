"""What pages may do in a browser, seen by the browser that has to obey it."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from fer.web import texts
from tests.browser.operator import figures
from tests.browser.page import expect_one, metric, start, wait_until

BROKEN = ("Content Security Policy", "Permissions policy", "Permissions-Policy", "MIME type")

CALM_S = 0.5
"""So long without a request, and none without an answer: then a page has all that it needs, s."""


class Watch:
    """What a browser asks for, and what it complains about because of the headers.

    See https://playwright.dev/python/docs/api/class-request for the events.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self._ended = 0
        self._last = time.monotonic()

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._begin)
        context.on("requestfinished", self._end)
        context.on("requestfailed", self._end)
        context.on("console", self._note)

    def _begin(self, request: Request) -> None:
        self.asked.append(request.url)
        self._last = time.monotonic()

    def _end(self, request: Request) -> None:
        self._ended += 1
        self._last = time.monotonic()

    def _note(self, message: ConsoleMessage) -> None:
        if any(word in message.text for word in BROKEN):
            self.said.append(message.text)

    def calm(self) -> bool:
        return self._ended == len(self.asked) and time.monotonic() - self._last > CALM_S


def test_pages_work_under_the_policy_ask_no_other_server_and_are_counted(
    below_path, browsers, visit
):
    before = figures(below_path)
    if os.path.exists("/proc"):
        assert before["process_resident_memory_bytes"] > 100e6
    browser = Watch()
    page = visit(browsers("happy"), f"{below_path.url}/", prepare=browser.watch)
    start(page)  # WebRTC in the frame of a component
    expect_one(metric(page, "Faces").get_by_text("1", exact=True))

    # The metrics follow the camera.
    read = before["mood_readings_total"] + 3
    wait_until(page, lambda: figures(below_path)["mood_readings_total"] > read)
    now = figures(below_path)
    assert now["mood_streams"] == 1
    assert now["mood_visits"] == 1
    assert 0 < now["mood_reading_delay_seconds"] < 30
    page.locator("[data-chart=valence] .main-svg").first.wait_for()  # Plotly
    page.get_by_text("Share a video call").click()  # a component of the newer kind
    expect_one(page.get_by_role("button", name="Share a window or screen"))
    wait_until(page, lambda: figures(below_path)["mood_streams"] == 0)

    # All pages have what they need from the app itself.
    for link, words in (
        (texts.CLASS, "Open a class"),
        (texts.RECORDING, "Recorded lecture"),
        (texts.MODEL, "How far to trust the model"),
    ):
        page.get_by_role("link", name=link, exact=True).click()
        expect_one(page.get_by_role("heading", name=words))
        wait_until(page, browser.calm)
    assert browser.said == []
    assert len(browser.asked) > 20
    ours = (below_path.url, "blob:", "data:")
    assert [url for url in browser.asked if not url.startswith(ours)] == []
    send_elsewhere(page)
    assert browser.said  # What the browser complains about is heard.


def send_elsewhere(page: Page) -> None:
    """A script that gets onto a page cannot send anything to another server."""
    outcome = page.evaluate(
        """() => fetch("http://127.0.0.1:9/x", {mode: "no-cors"}).then(() => "sent", String)"""
    )
    assert "Failed to fetch" in outcome
    blocked = page.evaluate(
        """() => new Promise((resolve) => {
            const tell = (event) => resolve(event.violatedDirective);
            addEventListener("securitypolicyviolation", tell);
            setTimeout(() => resolve("nothing"), 30_000);
            fetch("http://127.0.0.1:9/x", {mode: "no-cors"}).catch(() => {});
        })"""
    )
    assert blocked == "connect-src"


@pytest.mark.parametrize("path", ["", "live", "_stcore/health", "no-such-file.js"])
def test_every_answer_has_the_headers(app, path):
    try:
        answer = urllib.request.urlopen(f"{app.url}/{path}")
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        headers = answer.headers
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    # The recorder of a clip needs it.
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_a_setting_names_the_site_that_may_show_the_app(guarded):
    with urllib.request.urlopen(guarded.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://moodle.example.org" in policy
