"""The pages' security headers, seen by the browser that has to obey them."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.page import expect_one, metric, start

BROKEN = ("Content Security Policy", "Permissions policy", "Permissions-Policy", "MIME type")


def test_everything_on_our_pages_works_under_the_policy_and_a_foreign_script_sends_nothing(
    app, browsers, visit
):
    said = []

    def note(message):
        if any(word in message.text for word in BROKEN):
            said.append(message.text)

    page = visit(browsers("happy"), prepare=lambda context: context.on("console", note))
    start(page)  # WebRTC in the frame of a component
    expect(metric(page, "Faces")).to_have_text("1")
    page.locator("[data-chart=valence] .main-svg").first.wait_for()  # Plotly
    page.get_by_text("Share a video call").click()  # a component of the newer kind
    expect_one(page.get_by_role("button", name="Share a window or screen"))
    for address, words in (
        ("recording", "Recorded lecture"),
        ("model", "How far to trust the model"),
    ):
        page.goto(f"{app.url}/{address}")
        expect_one(page.get_by_role("heading", name=words))
        page.wait_for_load_state("networkidle")
    assert said == []

    # A script that gets onto a page cannot send anything elsewhere.
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
    assert said  # What the browser complains about is heard.


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
