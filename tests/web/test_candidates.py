"""Ways for camera video, with a real TURN server (coturn) on this machine."""

from __future__ import annotations

import pytest

from fer.checks.check import Outcome
from fer.settings import Settings
from fer.web.sources.candidates import candidate_types, check_candidates
from fer.web.sources.ice import IceServers, ice_servers
from tests.coturn import SECRET, Coturn, missing
from tests.loops import alone


@pytest.fixture(scope="module")
def coturn(tmp_path_factory):
    if missing():
        pytest.skip("coturn is not installed")
    with Coturn(tmp_path_factory.mktemp("coturn")) as coturn:
        yield coturn


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
    coturn.stop()
    assert alone(check_candidates, servers(coturn)).outcome == Outcome.BAD
