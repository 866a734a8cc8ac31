"""The routes of the students' page behind our middlewares, served over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from websockets.asyncio.client import ClientConnection, connect

from fer.classroom.classroom import Classroom
from fer.web.guard import Guard
from fer.web.join.hub import Hub
from fer.web.join.routes import routes
from fer.web.security_headers import SecurityHeaders
from tests.fakes import wait_for


class Served:
    """A server on a free port of 127.0.0.1, on a thread. A context manager."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def __enter__(self) -> Served:
        @contextlib.asynccontextmanager
        async def lifespan(app):
            watching = asyncio.create_task(self.hub.watch())
            yield
            watching.cancel()

        middleware = [Middleware(SecurityHeaders), Middleware(Guard)]
        app = Starlette(routes=routes(), middleware=middleware, lifespan=lifespan)
        self._socket = socket.socket()
        # Connections take this over; the app sets it for each of its own.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, ws="websockets-sansio", log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        wait_for(lambda: self._server.started)
        return self

    def __exit__(self, *_) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()

    def socket(self, code: str, **options):
        """Opens the web socket of a class, without saying anything yet."""
        return connect(f"ws://127.0.0.1:{self.port}/join/{code}/socket", **options)


async def say(client: ClientConnection, **message) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection, kind: str) -> dict:
    """Returns the next message of a type and drops all others before it."""
    while True:
        message = json.loads(await asyncio.wait_for(client.recv(), 20))
        if message["type"] == kind:
            return message


@contextlib.asynccontextmanager
async def student(served: Served, classroom: Classroom, **consent):
    """Yields a connected student's socket and the server's welcome."""
    async with served.socket(classroom.code) as client:
        await say(client, type="join", **{"camera": "none", **consent})
        yield client, await hear(client, "welcome")
