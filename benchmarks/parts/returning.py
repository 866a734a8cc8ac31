"""Students who come back by themselves after an outage, as their page does."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.parts import stage

SIZE = (320, 240)
EVERY_S = 0.6


def picture() -> bytes:
    """Returns a JPEG file of a portrait, as a student's page sends it."""
    return cv2.imencode(".jpg", stage.fit(stage.portrait(), SIZE))[1].tobytes()


class Student:
    """Sends a picture again and again.

    Attributes:
        welcomes: how often the server has let this student in.
        readings: how many readings have come back.
        closed: the codes with which connections were closed.
    """

    def __init__(self, url: str, code: str, jpeg: bytes) -> None:
        """Args:
        url: address of the app.
        code: of the class.
        jpeg: the picture.
        """
        self._address = f"{url.replace('http', 'ws')}/join/{code}/socket"
        self._picture = jpeg
        self._ticket = ""
        self.welcomes = 0
        self.readings = 0
        self.closed: list[int] = []

    async def run(self) -> None:
        """Take part for ever."""
        while True:
            try:
                # The page asks for a sign of life, too, when nothing comes any more.
                async with connect(self._address, ping_interval=3, ping_timeout=3) as server:
                    await self._take_part(server)
            except ConnectionClosed as end:
                self.closed.append(end.rcvd.code if end.rcvd else 1006)
            except (OSError, InvalidHandshake, TimeoutError):  # the server is not back yet
                pass
            await asyncio.sleep(0.5)

    async def _take_part(self, server) -> None:
        hello = {"type": "join", "camera": "pictures"}
        if self._ticket:
            hello = {"type": "resume", "ticket": self._ticket}
        await server.send(json.dumps(hello))
        sending = asyncio.create_task(self._send(server))
        try:
            async for text in server:
                message = json.loads(text)
                self._ticket = message.get("ticket", self._ticket)
                self.welcomes += message["type"] == "welcome"
                self.readings += message["type"] == "reading"
            await sending
        finally:
            sending.cancel()

    async def _send(self, server) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await server.send(self._picture)


@contextmanager
def taking_part(students: Sequence[Student]) -> Iterator[None]:
    """Let students take part, on a thread, while the block runs."""

    async def run() -> None:
        everybody = asyncio.gather(*(student.run() for student in students))
        end.append((asyncio.get_running_loop(), everybody.cancel))
        try:
            await everybody
        except asyncio.CancelledError:
            return

    end: list = []
    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        yield
    finally:
        while not end:
            time.sleep(0.01)
        end[0][0].call_soon_threadsafe(end[0][1])
        thread.join(20)
