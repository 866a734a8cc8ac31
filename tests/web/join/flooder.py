"""A hostile client: `python -m tests.web.join.flooder ADDRESS KIND`.

It is a separate process, and gives way to all others, so that its work is not counted as the
server's where processors are scarce. Until it is killed it sends as fast as the network allows,
connects again whenever it was stopped, and prints a line when it has begun and each time that it
was stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys

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


async def flood(address: str, kind: str) -> None:
    first, *others = KINDS[kind]
    begun = False
    while True:
        with contextlib.suppress(ConnectionClosed, InvalidHandshake, OSError):
            async with connect(address, ping_interval=None, open_timeout=30) as client:
                await client.send(first)
                if not begun:
                    begun = True
                    print("begun", flush=True)
                for message in others * 500:
                    await client.send(message)
                if others:
                    while True:
                        await client.recv()
        print("stopped", flush=True)


if __name__ == "__main__":
    os.nice(19)
    asyncio.run(flood(sys.argv[1], sys.argv[2]))
