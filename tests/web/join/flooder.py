"""A hostile client: `python -m tests.web.join.flooder ADDRESS KIND SECONDS`.

It is a separate process, and gives way to all others, so that its work is not counted as the
server's where processors are scarce. It sends as fast as the network allows, connects again
whenever it was stopped, and prints how often that happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

JOIN = json.dumps({"type": "join", "camera": "pictures"})
READING = json.dumps(
    {"type": "reading", "faces": 1, "state": "read", "p": [1, 0, 0, 0, 0, 0, 0], "t": 1}
)
KINDS = {
    "pictures": [JOIN, b"\xff\xd8\xff" + bytes(30_000)],
    "words": [JOIN, json.dumps({"type": "here"})],
    "visits": [JOIN],
    "garbage": [b"\x00" * 60_000],
    "readings": [JOIN.replace("pictures", "device"), READING],
}


async def flood(address: str, kind: str, seconds: float) -> int:
    first, *others = KINDS[kind]
    stopped, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(ConnectionClosed, InvalidHandshake, OSError):
            async with connect(address, ping_interval=None, open_timeout=30) as client:
                await client.send(first)
                for message in others * 500:
                    await client.send(message)
                if others:
                    while True:
                        await client.recv()
        stopped += 1
    return stopped


if __name__ == "__main__":
    os.nice(19)
    print(asyncio.run(flood(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
