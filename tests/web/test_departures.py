"""Visitors who leave, and connections that the server closes, at a server over real connections.

The web socket behaves as Streamlit's does: it sends whenever it has something to send, reads only
after that has failed, and closes once more when reading fails, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket

import pytest
import streamlit.logger
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import connect

from fer.web.departures import Departures
from fer.web.guard import STREAM, Guard, Limits
from fer.web.loggers import take_over
from fer.web.requests import Requests
from tests.loops import run

LARGEST = 1000
"""Bytes that a message to the server may have."""

FLOOD = 200
"""Messages, which are more than may wait."""


class Place:
    """An app with one web socket and one address for uploads.

    Attributes:
        errors: what the web socket met when it sent or when an upload was read.
        reading: whether an upload is being read.
        over: set when either is over.
    """

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.reading = False
        self.over = asyncio.Event()

    async def talk(self, websocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_bytes(b"a message")
                await asyncio.sleep(0)
        except Exception as error:
            self.errors.append(error)
        try:
            await websocket.receive_bytes()
        except RuntimeError:
            await websocket.close()
        finally:
            self.over.set()

    async def take(self, request) -> PlainTextResponse:
        self.reading = True
        try:
            return PlainTextResponse(f"{len(await request.body())} bytes")
        except Exception as error:
            self.errors.append(error)
            raise
        finally:
            self.over.set()

    async def fail(self, websocket) -> None:
        """Notice that the client has gone, and then fail for another reason."""
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await websocket.send_bytes(b"a message")
                await asyncio.sleep(0)
        self.over.set()
        raise RuntimeError("dictionary changed size during iteration")

    async def forget(self, websocket) -> None:
        """Read from a web socket that was never accepted, although nobody has left."""
        self.over.set()
        await websocket.receive_bytes()


@contextlib.asynccontextmanager
async def served(**options):
    """Yields a place and the port where it is served."""
    place = Place()
    limits = Limits(rate=1000.0, backlog=FLOOD // 2)
    app = Starlette(
        routes=[
            WebSocketRoute(STREAM, place.talk),
            WebSocketRoute("/fail", place.fail),
            WebSocketRoute("/forget", place.forget),
            Route("/upload", place.take, methods=["POST"]),
        ],
        middleware=[
            Middleware(Requests),
            Middleware(Departures),
            Middleware(Guard, limits),
        ],
    )
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=LARGEST,
        lifespan="off",
        log_config=None,
        **options,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield place, listening.getsockname()[1]
        server.should_exit = True
        await serving


@pytest.fixture
def complaints(caplog):
    """Returns the lines of the log that an operator would look into."""
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records]


async def vanish(client) -> None:
    """Leave without a word, as a phone does that loses its network."""
    client.transport.abort()


async def say_too_much(client) -> None:
    await client.send(bytes(LARGEST + 1))


@pytest.mark.parametrize("leave", [vanish, say_too_much])
def test_a_visitor_who_leaves_while_the_app_sends_is_no_fault(leave, complaints):
    async def visit():
        async with served() as (place, port):
            client = await connect(f"ws://127.0.0.1:{port}{STREAM}")
            await client.recv()
            await leave(client)
            await asyncio.wait_for(place.over.wait(), 20)
            await client.close()
            return place.errors

    assert [type(error) for error in run(visit())] == [WebSocketDisconnect]
    assert complaints() == []


def test_a_visitor_whom_a_limit_disconnects_while_the_app_sends_is_no_fault(complaints):
    async def visit():
        async with served() as (place, port):
            client = await connect(f"ws://127.0.0.1:{port}{STREAM}")
            await client.recv()
            for _ in range(FLOOD):
                await client.send(b"x")
            await asyncio.wait_for(place.over.wait(), 20)
            await client.close()
            return place.errors

    assert [type(error) for error in run(visit())] == [WebSocketDisconnect]
    assert complaints() == ["closed a web socket that sent too many messages"]


def test_a_visitor_who_leaves_in_the_middle_of_an_upload_is_no_fault(complaints):
    async def visit():
        async with served() as (place, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            await writer.drain()
            writer.transport.abort()
            await asyncio.wait_for(place.over.wait(), 20)
            return place.errors

    assert len(run(visit())) == 1
    assert complaints() == []


@pytest.mark.parametrize("path", ["/fail", "/forget"])
def test_a_fault_is_logged_whether_or_not_the_visitor_is_still_there(path, complaints):
    async def visit():
        async with served() as (place, port):
            with contextlib.suppress(Exception):
                client = await connect(f"ws://127.0.0.1:{port}{path}")
                client.transport.abort()
            await asyncio.wait_for(place.over.wait(), 20)

    run(visit())
    assert f"a request failed: websocket {path}" in complaints()


def test_what_the_end_of_the_app_cuts_off_is_told_in_one_line(monkeypatch, complaints):
    monkeypatch.setattr(streamlit.logger, "setup_formatter", streamlit.logger.setup_formatter)
    take_over()

    async def visit():
        async with served(timeout_graceful_shutdown=0.1) as (place, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            await writer.drain()
            while not place.reading:
                await asyncio.sleep(0.01)
        writer.close()

    run(visit())
    (line,) = complaints()
    assert line.startswith("Cancel 1 running task(s)")
