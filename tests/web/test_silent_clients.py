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
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect

from fer.web.silent_clients import close_silent_connections
from tests.loops import run as run_alone

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] == "/more":
            await send_on_and_on(receive, send)
        else:
            await receive()
        return
    await asyncio.sleep(0.6 if scope["path"] == "/slow" else 0)
    await PlainTextResponse("done")(scope, receive, send)


ended = []
"""What the app heard at the end of web sockets on which it sends on and on."""


async def send_on_and_on(receive, send):
    async def sending():
        while True:
            await send({"type": "websocket.send", "bytes": bytes(100_000)})
            await asyncio.sleep(0)

    task = asyncio.create_task(sending())
    ended.append(await receive())
    task.cancel()


@pytest.fixture
def against(monkeypatch):
    """A function that runs a coroutine against a server that waits 0.25 s for a request, and as
    long until a web socket takes something."""
    for protocol in (H11Protocol, WebSocketsSansIOProtocol):
        monkeypatch.setattr(protocol, "connection_made", protocol.connection_made)
    close_silent_connections(0.25, 0.25)
    close_silent_connections(0.25, 0.25)  # a second call changes nothing

    def against(client):
        async def run():
            listening = socket.create_server(("127.0.0.1", 0))
            config = uvicorn.Config(
                app, http="h11", ws="websockets-sansio", lifespan="off", log_level="warning"
            )
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


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_a_web_socket_whose_browser_takes_nothing_any_more_is_closed(against):
    """Its answers fill the buffers of both sides, so that no ping could reach it either."""

    async def client(port):
        ended.clear()
        async with connect(f"ws://127.0.0.1:{port}/more", max_queue=1, ping_interval=None):
            while not ended:
                await asyncio.sleep(0.05)

    against(client)
    assert [message["type"] for message in ended] == ["websocket.disconnect"]


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
