"""Connections without a request, against uvicorn as the app runs it."""

import asyncio
import resource
import socket
import subprocess
import sys

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol
from websockets.asyncio.client import connect

from fer.web.silent_clients import close_silent_connections
from tests.loops import run as run_alone

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    await asyncio.sleep(0.6 if scope["path"] == "/slow" else 0)
    await PlainTextResponse("done")(scope, receive, send)


@pytest.fixture
def against(monkeypatch):
    """A function that runs a coroutine against a server that waits 0.25 s for a request."""
    monkeypatch.setattr(H11Protocol, "connection_made", H11Protocol.connection_made)
    close_silent_connections(0.25)
    close_silent_connections(0.25)  # a second call changes nothing

    def against(client):
        async def run():
            listening = socket.create_server(("127.0.0.1", 0))
            config = uvicorn.Config(app, http="h11", lifespan="off", log_level="warning")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            try:
                return await asyncio.wait_for(client(listening.getsockname()[1]), 20)
            finally:
                server.should_exit = True
                await serving

        return run_alone(run())

    return against


async def ask(port, *pieces):
    """Sends some pieces and reads until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.05)
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("pieces", [[], [HEAD], [HEAD, b"X: y\r\n"]], ids=["none", "half", "slow"])
def test_a_connection_without_a_request_is_closed(against, pieces):
    assert against(lambda port: ask(port, *pieces)) == b""


def test_half_a_request_after_a_whole_one_is_closed_too(against):
    answer = against(lambda port: ask(port, HEAD + b"\r\n", HEAD))
    assert answer.count(b"HTTP/1.1 200") == 1


def test_an_answer_may_take_its_time(against):
    slow = HEAD.replace(b"/ ", b"/slow ") + b"Connection: close\r\n\r\n"
    assert b"done" in against(lambda port: ask(port, slow))


def test_a_web_socket_may_be_silent(against):
    async def client(port):
        async with connect(f"ws://127.0.0.1:{port}/") as opened:
            await asyncio.sleep(0.8)
            return opened.close_code

    assert against(client) is None


def test_each_piece_of_an_answer_is_sent_at_once(against, monkeypatch):
    """The server is given a socket that does not name TCP, as by Streamlit."""
    made, delays = H11Protocol.connection_made, []

    def connection_made(self, transport):
        made(self, transport)
        connection = transport.get_extra_info("socket")
        delays.append(not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(H11Protocol, "connection_made", connection_made)
    against(lambda port: ask(port, HEAD + b"\r\n"))
    assert delays == [False]


def test_as_many_files_may_be_open_as_the_system_allows():
    code = (
        "import resource; from fer.web.silent_clients import allow_many_connections as allow; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (200, 2000)); allow(); "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 2000
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "2000"
