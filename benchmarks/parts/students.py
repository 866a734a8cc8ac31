"""Students of a class: `python -m benchmarks.parts.students ADDRESS N SECONDS`.

Each student joins over a web socket as the page does, sends a picture of real footage at the rate
that the server names, and notes when its reading comes back. All notes are printed as JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import deque

import cv2
from websockets.asyncio.client import connect

from benchmarks.parts.footage import portraits
from benchmarks.parts.stage import fit

SIZE = (320, 240)
QUALITY = 80


async def student(address: str, pictures: list[bytes], seconds: float, wait: float) -> dict:
    """Take part for some seconds; returns how many pictures were sent and each reading's delay.

    The delay, in s, is that since the oldest picture without a reading. Readings come in the order
    of pictures. So delays are right unless the server drops a picture, and then they are too long.
    """
    await asyncio.sleep(wait)
    delays: list[float] = []
    sent = 0
    unread: deque[float] = deque()
    gap = 1.0
    async with connect(address, open_timeout=60, ping_interval=None) as socket:
        await socket.send(json.dumps({"type": "join", "camera": "pictures"}))

        async def listen() -> None:
            nonlocal gap
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "rate":
                    gap = 1 / message["rate"]
                elif message["type"] == "reading":
                    delays.append(time.monotonic() - unread.popleft())
                elif message["type"] == "refused":
                    raise RuntimeError(message["text"])

        listening = asyncio.create_task(listen())
        until = time.monotonic() + seconds
        for picture in itertools.cycle(pictures):
            if time.monotonic() >= until or listening.done():
                break
            sent_at = time.monotonic()
            unread.append(sent_at)
            await socket.send(picture)
            sent += 1
            await asyncio.sleep(max(0.0, gap - (time.monotonic() - sent_at)))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await socket.send(json.dumps({"type": "leave"}))
    return {"sent": sent, "delays": delays}


async def students(address: str, count: int, seconds: float) -> dict:
    """Let students take part side by side, each with different footage and another start."""
    jpegs = [
        cv2.imencode(".jpg", fit(picture, SIZE), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
        for picture in portraits(55)
    ]
    results = await asyncio.gather(
        *(
            student(address, jpegs[n % 55 :] + jpegs[: n % 55], seconds, wait=n / count)
            for n in range(count)
        )
    )
    return {"students": results, "processor_s": time.process_time()}


if __name__ == "__main__":
    address, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(asyncio.run(students(address, count, seconds))))
