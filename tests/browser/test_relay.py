"""A browser that nothing reaches but a TURN server: the camera's video goes through a real one.

What a camera does whose relay is gone is in test_camera_pictures.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from benchmarks.parts import stage
from tests import namespaces
from tests.browser.conftest import new_context
from tests.browser.page import expect_faces, expect_one, start, stop, try_connection
from tests.compose import relay_options
from tests.coturn import SECRET, Coturn, missing

CONNECTIONS = """
window.connections = [];
const Direct = RTCPeerConnection;
RTCPeerConnection = class extends Direct {
  constructor(settings) {
    const wanted = (server) => [server.urls].flat().filter((url) => url.endsWith(top.reach ?? ""));
    const iceServers = settings.iceServers
      .map((server) => ({ ...server, urls: wanted(server) }))
      .filter((server) => server.urls.length);
    super({ ...settings, iceServers, iceTransportPolicy: "POLICY" });
    window.connections.push(this);
  }
};
"""
"""Notes the connections of a page, which may use relays alone ("relay") or anything ("all"). If the
page's variable `reach` is set, they only know servers whose addresses end so."""

RELAYS = """async () => {
  const relays = [];
  const reports = [...(await window.connections.at(-1).getStats()).values()];
  for (const pair of reports) {
    if (pair.type !== "candidate-pair" || !pair.nominated) continue;
    const [mine, theirs] = [pair.localCandidateId, pair.remoteCandidateId].map((id) =>
      reports.find((report) => report.id === id));
    relays.push(mine.relayProtocol || theirs.candidateType);
  }
  return relays;
}"""
"""For each pair of addresses that the newest connection has used: how the browser reaches its relay
("udp" or "tcp"). If it has none, the kind of address that it sends to: "relay" for the server's."""


@pytest.fixture
def relaying(tmp_path):
    """The app below a path, with a TURN server that is reached by UDP and by TCP."""
    if missing():
        pytest.skip("coturn is not installed")
    with Coturn(tmp_path) as coturn:
        settings = {
            "FER_TURN_URLS": " ".join(f"{coturn.url}?transport={way}" for way in ("udp", "tcp")),
            "FER_TURN_SECRET": SECRET,
            # A busy machine may take longer than the patience with video is.
            "FER_CAMERA": "video",
        }
        with stage.App(tmp_path / "log.txt", path="/mood", **settings) as app:
            yield app


def only_relays(policy="relay"):
    """Prepares the context of a browser that uses relays alone, or whatever works ("all")."""
    script = CONNECTIONS.replace("POLICY", policy)
    return lambda context: context.add_init_script(script)


def relays_used(page) -> list[str]:
    return next(frame for frame in page.frames if "webrtc" in frame.url).evaluate(RELAYS)


def test_the_connection_test_and_the_camera_find_the_relay(relaying, browsers):
    with new_context(browsers("happy")) as context:
        only_relays()(context)
        page = context.new_page()
        try_connection(page, relaying.url)
        for said in (
            "Browsers give cameras to this address.",
            "The camera can be used.",
            "The web socket is open, and the server answers within",
            "Video can be relayed by a TURN server.",
            "The camera sends video.",
        ):
            expect_one(page.get_by_text(said))
        assert SECRET not in page.content()

        page.get_by_role("link", name="Live").click()
        page.get_by_role("button", name="I have read this").click()
        for reach in ("udp", "tcp"):
            page.evaluate("reach => { window.reach = reach; }", reach)
            start(page)
            expect_faces(page, 1, 1)
            # A connection may have settled on one pair of addresses after another.
            assert set(relays_used(page)) == {reach}
            stop(page)
            expect_one(page.get_by_text("The camera is off."))
    assert SECRET not in relaying.printed()


def test_two_networks_that_cannot_reach_each_other_meet_at_the_relay(
    playwright, visit, footage, tmp_path, monkeypatch
):
    if missing():
        pytest.skip("coturn is not installed")
    if reason := namespaces.missing():
        pytest.skip(reason)
    with ExitStack() as stack:
        networks = stack.enter_context(namespaces.Networks())
        with networks.inside("relay"):
            # As Compose starts it: of private addresses it relays to the app's alone.
            options = relay_options(namespaces.SERVER)
            coturn = stack.enter_context(Coturn(tmp_path, namespaces.RELAY, options))
        settings = {"FER_TURN_URLS": coturn.url, "FER_TURN_SECRET": SECRET, "FER_CAMERA": "video"}
        with networks.inside("server"):
            app = stack.enter_context(stage.App(tmp_path / "log.txt", **settings))
            door = stack.enter_context(socket.create_server((namespaces.SERVER, 0)))
        assert reaches(networks, "relay", door)
        assert not reaches(networks, "school", door)
        networks.forward(app.port, "school", "server")
        program = networks.program("school", stage.chromium(), tmp_path / "chromium")
        monkeypatch.setenv("CHROMIUM", program)
        browser = stage.launch(playwright, footage("happy"))
        stack.callback(browser.close)
        page = visit(browser, app.url, only_relays("all"))
        start(page)
        expect_faces(page, 1, 1)
        # Either side may be the one that uses the relay.
        assert relays_used(page)[0] in ("udp", "relay")


def reaches(networks, network, door) -> bool:
    """Whether a connection from a network to an open port comes about."""
    with networks.inside(network):
        try:
            socket.create_connection(door.getsockname(), 2).close()
        except OSError:
            return False
        return True
