"""A browser that nothing reaches but a TURN server: the camera's video goes through a real one."""

from __future__ import annotations

import time

import pytest

from benchmarks.parts import stage
from fer.web.live import texts
from tests.browser.page import expect_faces, expect_one, start
from tests.coturn import SECRET, Coturn, missing

RELAY_ONLY = """
window.connections = [];
const Direct = RTCPeerConnection;
RTCPeerConnection = class extends Direct {
  constructor(settings) {
    super({ ...settings, iceTransportPolicy: "relay" });
    window.connections.push(this);
  }
};
"""

PROTOCOLS = """async () => {
  const protocols = [];
  for (const connection of window.connections) {
    const reports = [...(await connection.getStats()).values()];
    for (const pair of reports) {
      if (pair.type !== "candidate-pair" || !pair.nominated) continue;
      const mine = reports.find((report) => report.id === pair.localCandidateId);
      protocols.push(`${mine.candidateType} ${mine.relayProtocol}`);
    }
  }
  return protocols;
}"""
"""How the browser reaches the relay, of each connection that came about."""


@pytest.fixture
def coturn(tmp_path):
    if missing():
        pytest.skip("coturn is not installed")
    with Coturn(tmp_path) as coturn:
        yield coturn


def relayed(visit, browsers, app):
    """The live page of a browser that uses relays alone."""
    page = visit(browsers("happy"), app.url)
    page.context.add_init_script(RELAY_ONLY)
    page.reload()
    page.get_by_role("button", name="I have read this").click()
    return page


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_video_goes_through_the_relay_and_readings_arrive(
    transport, coturn, browsers, visit, tmp_path
):
    settings = {
        "FER_TURN_URLS": f"{coturn.url}?transport={transport}",
        "FER_TURN_SECRET": SECRET,
        # A busy machine may take longer than the patience with video is.
        "FER_CAMERA": "video",
    }
    with stage.App(tmp_path / "log.txt", **settings) as app:
        page = relayed(visit, browsers, app)
        start(page)
        expect_faces(page, 1, 1)
        frame = next(frame for frame in page.frames if "webrtc" in frame.url)
        assert frame.evaluate(PROTOCOLS) == [f"relay {transport}"]
        assert SECRET not in app.printed()


def test_pictures_take_over_where_the_relay_is_gone(coturn, browsers, visit, tmp_path):
    settings = {"FER_TURN_URLS": coturn.url, "FER_TURN_SECRET": SECRET}
    with stage.App(tmp_path / "log.txt", **settings) as app:
        page = relayed(visit, browsers, app)
        coturn.stop()
        start(page)
        began = time.monotonic()
        expect_one(page.get_by_text(texts.CAMERA_PICTURES))
        print(f"pictures took over after {time.monotonic() - began:.1f} s")
        expect_faces(page, 1, 1)
