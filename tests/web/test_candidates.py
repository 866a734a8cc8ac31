"""Ways for camera video, with a real TURN server (coturn) on this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from types import SimpleNamespace

import pytest

from fer.checks.check import Outcome
from fer.settings import Settings
from fer.web.sources.candidates import candidate_types, check_candidates
from fer.web.sources.ice import IceServers, ice_servers
from tests.loops import alone

SECRET = "north"


@pytest.fixture(scope="module")
def coturn(tmp_path_factory):
    """A coturn that shares a secret: its address and its process."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("coturn is not installed")
    folder = tmp_path_factory.mktemp("coturn")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(program, "-n", "--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers"),
            *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"),
            *("--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=mood"),
            *(f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'db'}", "--log-file=stdout"),
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield SimpleNamespace(url=f"turn:127.0.0.1:{port}", process=process)
    process.kill()
    process.wait()


def servers(coturn, secret=SECRET, transport="udp"):
    """What the settings make of coturn, without the public STUN server."""
    settings = Settings(turn_urls=f"{coturn.url}?transport={transport}", turn_secret=secret)
    chosen = ice_servers(settings, "school.example")
    return IceServers(chosen.servers[:1], chosen.source)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_turn_server_with_a_shared_secret_relays(coturn, transport):
    chosen = servers(coturn, transport=transport)
    assert "relay" in alone(candidate_types, chosen.servers)
    assert alone(check_candidates, chosen).outcome == Outcome.GOOD


def test_a_wrong_secret_is_said(coturn):
    check = alone(check_candidates, servers(coturn, secret="south"))
    assert check.outcome == Outcome.BAD
    assert "south" not in check.finding


def test_without_a_server_only_this_network_is_reached():
    assert alone(candidate_types, []) == {"host"}
    assert alone(check_candidates, IceServers([], "none")).outcome == Outcome.WARNING


def test_a_turn_server_that_is_gone_is_said(coturn):
    coturn.process.kill()
    coturn.process.wait()
    assert alone(check_candidates, servers(coturn)).outcome == Outcome.BAD
