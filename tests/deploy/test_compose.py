"""The files for Docker Compose, tried without Docker: what they set, and for which servers."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from aioice.stun import TransactionFailed
from aioice.turn import TurnClientUdpProtocol
from sqlalchemy import text

from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.web.sources.ice import ice_servers
from tests.compose import address_of_the_app, filled, relay_options, services
from tests.coturn import SECRET, Coturn, missing
from tests.loops import run

PASSWORD = "p@ss/w:rd%41?#"


def test_any_password_of_the_database_works(postgres, monkeypatch):
    address = postgres.database()
    with psycopg.connect(address, autocommit=True) as connection:
        literal = PASSWORD.replace("'", "''")
        connection.execute(f"CREATE ROLE mood LOGIN SUPERUSER PASSWORD '{literal}'")
    postgres.ask_for_passwords("mood")
    set_to = {
        name: filled(value, POSTGRES_PASSWORD=PASSWORD)
        for name, value in services("compose.postgres.yaml")["app"]["environment"].items()
    }
    url = set_to.pop("DATABASE_URL").replace("database/mood", address.partition("@")[2])
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    database = Database(database_url(Settings(database=url)), upgrade=False)
    with database.read() as connection:
        assert connection.execute(text("SELECT current_user")).scalar() == "mood"
    database.close()
    monkeypatch.setenv("PGPASSWORD", "another")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


PRIVATE = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.17.0.1"),
    *("172.31.77.1", "172.31.77.11", "192.168.1.1", "198.18.0.1", "255.255.255.255"),
]
"""Addresses of this machine, its networks and its neighbours; the fifth is a cloud's own."""

FORBIDDEN = 403


@pytest.fixture
def relay(tmp_path):
    """coturn with the options of the file that say to whom it relays."""
    if missing():
        pytest.skip("coturn is not installed")
    options = relay_options(address_of_the_app())
    assert "--no-tcp-relay" in options
    with Coturn(tmp_path, options=options) as coturn:
        yield coturn


def test_the_relay_reaches_the_app_and_nothing_else_in_its_networks(relay):
    # Of the public addresses, two that nobody has.
    allowed = [address_of_the_app(), "192.0.2.1", "203.0.113.1"]
    answers = run(asked(relay.url, [*PRIVATE, *allowed]))
    assert answers == dict.fromkeys(PRIVATE, FORBIDDEN) | dict.fromkeys(allowed, 0)


async def asked(url: str, peers: list[str]) -> dict[str, int]:
    """A TURN server's error codes when it is asked to relay to some addresses; 0 if it will."""
    servers = ice_servers(Settings(turn_urls=url, turn_secret=SECRET), "school.example").servers
    server = servers[0]
    _, host, port = url.split(":")
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(
        lambda: TurnClientUdpProtocol(
            (host, int(port)), server["username"], server["credential"], 600, 500
        ),
        remote_addr=(host, int(port)),
    )
    await client.connect()
    answers = {}
    for number, peer in enumerate(peers):
        try:
            await client.channel_bind(0x4000 + number, (peer, 40_000))
            answers[peer] = 0
        except TransactionFailed as refusal:
            answers[peer] = refusal.response.attributes["ERROR-CODE"][0]
    await client.delete()
    return answers
