"""The camera where no direct connection for video comes about: its pictures go on by themselves."""

from __future__ import annotations

import socket

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.web.live import texts
from fer.web.sources.texts import CAMERA
from tests.browser.page import camera, expect_faces, expect_one, start
from tests.coturn import SECRET
from tests.fakes import wait_for

NOTE_PRESS = "addEventListener('click', () => { top.ticks = 0; }, true)"
COUNT = """text => {
  const clock = setInterval(() => {
    window.ticks += 1;
    window.tookOver = document.body.textContent.includes(text);
    if (window.tookOver) clearInterval(clock);
  }, 100);
}"""
"""Count the tenths of a second from the press on the button until pictures take over. A browser
that a busy machine keeps from running counts fewer."""

TAKEOVER_S = 8.0
"""The longest time from the press on the button until pictures take over, s."""

TRIES = 3
"""A busy machine delays some takeovers and connections. A fault delays each of them."""


@pytest.fixture(scope="module")
def by_itself(tmp_path_factory):
    """The app, which sends pictures where no direct connection comes about. The app that all tests
    share sends video alone. There was a TURN server; now nothing answers at its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        settings = {
            "FER_TURN_URLS": f"turn:127.0.0.1:{silent.getsockname()[1]}",
            "FER_TURN_SECRET": SECRET,
            "FER_CAMERA": "auto",
        }
        with stage.App(tmp_path_factory.mktemp("by-itself") / "log.txt", **settings) as app:
            yield app


@pytest.fixture(scope="module")
def firewalled(playwright, footage):
    """A browser behind a firewall that lets no UDP through."""
    policy = "webrtc-ip-handling-policy=disable_non_proxied_udp"
    switches = (f"--force-{policy}", f"--{policy}")
    with stage.launch(playwright, footage("six"), *switches) as browser:
        yield browser


def takeover_s(page) -> float:
    """Starts the camera and returns how long pictures took to take over, by the page's clock."""
    expect_one(camera(page).get_by_role("button", name="Start camera"))
    next(frame for frame in page.frames if "webrtc" in frame.url).evaluate(NOTE_PRESS)
    page.evaluate(COUNT, texts.CAMERA_PICTURES)
    start(page)
    page.wait_for_function("() => window.tookOver")
    return page.evaluate("ticks / 10")


def test_behind_a_firewall_and_without_a_relay_the_pictures_go_on_by_themselves(
    firewalled, visit, by_itself
):
    for _ in range(TRIES):
        page = visit(firewalled, by_itself.url)
        took = takeover_s(page)
        print(f"pictures took over after {took:.1f} s")
        if took <= TAKEOVER_S:
            break
        page.context.close()
    assert took <= TAKEOVER_S
    expect_faces(page, 4, 6)
    # The video stays the browser's, with the boxes over it.
    video = page.locator("video")
    expect_one(video)
    shown = video.evaluate("video => video.currentTime")
    wait_for(lambda: video.evaluate("video => video.currentTime") > shown + 1, 30)
    page.get_by_role("button", name=CAMERA["stop"]).click()
    expect_one(page.get_by_text("The camera is off."))
    expect(video).to_have_count(0)
    page.get_by_role("button", name=CAMERA["start"]).click()
    expect_faces(page, 4, 6)

    # It does not start by itself for somebody who comes back from another page.
    page.get_by_role("link", name="Model").click()
    expect_one(page.get_by_role("heading", name="How far to trust the model"))
    page.get_by_role("link", name="Live", exact=True).click()
    expect_one(page.get_by_text("Live class mood"))
    expect_one(page.get_by_role("button", name=CAMERA["start"]))


def test_where_a_direct_connection_comes_about_it_is_used(browsers, visit, by_itself):
    for _ in range(TRIES):
        page = visit(browsers("happy"), by_itself.url)
        start(page)
        expect_faces(page, 1, 1)
        if sends_pictures := page.get_by_text(texts.CAMERA_PICTURES).is_visible():
            page.context.close()
        else:
            break
    assert not sends_pictures
