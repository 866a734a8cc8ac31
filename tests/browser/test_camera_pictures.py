"""The camera where no direct connection for video comes about: its pictures go on by themselves."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from benchmarks.parts import stage
from fer.live.camera_way import PATIENCE_S
from fer.web.live import texts
from fer.web.sources.texts import CAMERA
from tests.browser.page import expect_faces, expect_one, start
from tests.fakes import wait_for

NO_DIRECT_WAY = """
const Direct = RTCPeerConnection;
RTCPeerConnection = class extends Direct {
  constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
};
"""
"""As behind a firewall: connections go through a TURN server or not at all, and there is none."""


def test_behind_a_firewall_the_pictures_go_on_by_themselves(browsers, visit):
    page = visit(browsers("happy"))
    page.context.add_init_script(NO_DIRECT_WAY)
    page.reload()
    page.get_by_role("button", name="I have read this").click()
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


def test_a_setting_sends_pictures_from_the_start(browsers, visit, tmp_path):
    with stage.App(tmp_path / "log.txt", FER_CAMERA="pictures") as app:
        page = visit(browsers("six"), app.url)
        page.get_by_role("button", name=CAMERA["start"]).click()
        expect_faces(page, 4, 6)
        page.get_by_role("link", name="Model").click()
        expect_one(page.get_by_role("heading", level=1))


def test_where_a_direct_connection_comes_about_it_is_used(browsers, visit):
    page = visit(browsers("happy"))
    start(page)
    expect_faces(page, 1, 1)
    expect(page.get_by_text(texts.CAMERA_PICTURES)).to_have_count(0)
