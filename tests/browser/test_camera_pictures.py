"""The camera where no direct connection for video comes about: its pictures go on by themselves."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.live.camera_way import PATIENCE_S
from fer.web.live import texts
from fer.web.sources.texts import CAMERA
from tests.browser.page import expect_faces, expect_one, start
from tests.fakes import wait_for

TRIES = 3
"""A busy machine may need longer for a connection than it is waited for. A fault always does."""


@pytest.fixture(scope="module")
def by_itself(tmp_path_factory):
    """The app as it is without settings: it sends pictures where no direct connection comes about.

    The app that all tests share sends video alone.
    """
    with stage.App(tmp_path_factory.mktemp("by-itself") / "log.txt", FER_CAMERA="auto") as app:
        yield app


@pytest.fixture(scope="module")
def firewalled(playwright, footage):
    """A browser behind a firewall that lets no UDP through, and there is no TURN server."""
    policy = "webrtc-ip-handling-policy=disable_non_proxied_udp"
    switches = (f"--force-{policy}", f"--{policy}")
    with stage.launch(playwright, footage("happy"), *switches) as browser:
        yield browser


def test_behind_a_firewall_the_pictures_go_on_by_themselves(firewalled, visit, by_itself):
    page = visit(firewalled, by_itself.url)
    began = time.monotonic()
    start(page)
    expect_one(page.get_by_text(texts.CAMERA_PICTURES))
    assert time.monotonic() - began > PATIENCE_S - 1
    expect_faces(page, 1, 1)
    # The video stays the browser's, with the boxes over it.
    video = page.locator("video")
    expect_one(video)
    shown = video.evaluate("video => video.currentTime")
    wait_for(lambda: video.evaluate("video => video.currentTime") > shown + 1, 30)
    page.get_by_role("button", name=CAMERA["stop"]).click()
    expect_one(page.get_by_text("The camera is off."))
    expect(video).to_have_count(0)
    page.get_by_role("button", name=CAMERA["start"]).click()
    expect_faces(page, 1, 1)


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


def test_where_settings_allow_video_alone_a_firewall_asks_for_a_turn_server(firewalled, visit):
    page = visit(firewalled)
    start(page)
    expect_one(page.get_by_text("A TURN server is needed"))
    expect_one(page.get_by_text("FER_ICE_SERVERS"))


def test_a_setting_sends_pictures_from_the_start(browsers, visit, tmp_path):
    with stage.App(tmp_path / "log.txt", FER_CAMERA="pictures") as app:
        page = visit(browsers("six"), app.url)
        page.get_by_role("button", name=CAMERA["start"]).click()
        expect_faces(page, 4, 6)
        page.get_by_role("link", name="Model").click()
        expect_one(page.get_by_role("heading", name="How far to trust the model"))
        page.get_by_role("link", name="Live", exact=True).click()
        expect_one(page.get_by_text("Live class mood"))
        expect_one(page.get_by_role("button", name=CAMERA["start"]))
