"""One client must not silence the server for the others.

The client is not a browser, because a raw socket can send messages faster.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.request

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.loops import run as run_alone

MESSAGES = 3000


def rerun() -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = ""
    return message.SerializeToString()


async def flood(url: str) -> None:
    """Send messages as fast as the network takes them, until the server ends the connection."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    options = {"subprotocols": ["streamlit"], "max_size": None, "ping_interval": None}
    async with connect(address, open_timeout=60, **options) as client:
        # If the connection ends while we still send, its reason may get lost.
        with contextlib.suppress(ConnectionClosed):
            for _ in range(MESSAGES):
                await client.send(rerun())
            while True:
                await client.recv()


async def health(url: str, until: asyncio.Task) -> list[float]:
    """How long the server takes to answer somebody else, again and again, in seconds."""
    times = []
    while not until.done():
        began = time.monotonic()
        await asyncio.to_thread(
            lambda: urllib.request.urlopen(f"{url}/_stcore/health", timeout=120).read()
        )
        times.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    return times


def test_a_flood_of_messages_does_not_silence_the_server(app):
    async def run():
        sending = asyncio.create_task(flood(app.url))
        times = await health(app.url, sending)
        await sending
        return times

    times = run_alone(run())
    print("slowest answers:", sorted(times)[-5:])
    assert "closed a web socket that sent too many messages" in app.printed()
    # Under a second on a quiet machine; without the guard, minutes pass in silence.
    assert max(times) < 10
