"""Limits in front of all web sockets: one client must not silence the server for others.

Streamlit handles each message of a browser on its event loop and takes the next one without
giving other work a turn. A client that sends a few hundred rerun messages at once therefore holds
up every other visitor until all are done. Here, messages above a set rate have to wait, which slows
only their sender. A client that goes on sending too many is disconnected with a reason.

On the other web sockets of this app, only the size of messages is limited.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from fer.access.token_bucket import TokenBucket
from fer.errors import SettingsError
from fer.web import compat
from fer.web.client import client_of

log = logging.getLogger(__name__)

STREAM = "/_stcore/stream"
"""The end of the path of Streamlit's web socket."""

OUR_LARGEST = 64_000
"""Longest message in bytes that a web socket of this app other than Streamlit's accepts."""


@dataclass(frozen=True)
class Limits:
    """How much one client may send.

    A live page that shows everything sends about ten messages a second, and some twenty at once
    when it is opened.

    Attributes:
        rate: how many messages a second of one connection pass without waiting.
        burst: how many messages may pass at once.
        backlog: how many messages of one connection may wait; with more, it is closed. If the
            server stands still for 45 s, 250 messages of an honest live page pile up.
        connections: how many connections of one address may be open; the visitors from a school
            may share one.
        largest: how many bytes a message may have. The largest that pages send is a picture of a
            shared window, of up to 0.7 MB with its text.
        waiting: how many bytes of messages may wait on one connection.
    """

    rate: float = 20.0
    burst: int = 40
    backlog: int = 1000
    connections: int = 100
    largest: int = 4 << 20
    waiting: int = 16 << 20


class PacedSocket:
    """The incoming side of one web socket: messages wait here for their turn.

    Messages are taken from the network as they come, so that the answers to keep-alive pings do
    not wait behind them. When the connection ends, those that still wait are dropped.
    """

    def __init__(self, limits: Limits, receive: Receive, send: Send) -> None:
        """Args:
        limits: the limits of the connection.
        receive, send: the two functions of the ASGI connection.
        """
        self._limits = limits
        self._receive = receive
        self._send = send
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()

    async def fill(self) -> None:
        """Take messages from the network until the connection ends."""
        while True:
            message = await self._receive()
            ends, floods = message["type"] == "websocket.disconnect", False
            self._bytes += _size(message)
            if len(self._waiting) >= self._limits.backlog or self._bytes > self._limits.waiting:
                log.warning("closed a web socket that sent too many messages")
                code, floods = WS_1008_POLICY_VIOLATION, True
                message = {"type": "websocket.disconnect", "code": code}
            if floods or ends:
                self._waiting.clear()
                self._bytes = 0
            self._waiting.append(message)
            self._arrived.set()
            if floods:
                # Last, because the client may have left already, or may not take what is sent.
                with contextlib.suppress(OSError):
                    reason = "This page sent too many messages. Load it again."
                    await self._send({"type": "websocket.close", "code": code, "reason": reason})
            if floods or ends:
                return

    async def messages(self) -> AsyncIterator[Message]:
        """Yields the messages, no faster than the limits allow."""
        pace = TokenBucket(self._limits.rate, self._limits.burst)
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            if self._waiting[0]["type"] == "websocket.receive":
                # Even a pause of 0 lets other tasks take their turn between two messages.
                await asyncio.sleep(pace.owe(1, time.monotonic()))
            message = self._waiting.popleft()
            self._bytes -= _size(message)
            yield message


class Guard:
    """ASGI middleware that limits what comes over the web sockets of the app behind it.

    Attributes:
        open: number of Streamlit's web sockets that are open, by the client's address.
    """

    def __init__(self, app: ASGIApp, limits: Limits | None = None) -> None:
        """Args:
        app: the ASGI application behind this one.
        limits: how much one client may send; None takes the defaults.
        """
        self._app = app
        self._limits = limits or Limits()
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, but hold back web socket messages that come too fast."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if not scope["path"].endswith(STREAM):
            compat.limit_messages(receive, OUR_LARGEST)
            await self._app(scope, receive, send)
            return
        address = _address(scope)
        if self.open[address] >= self._limits.connections:
            log.warning("refused a web socket: %d are open from its address", self.open[address])
            reason = "Too many connections from this address."
            await WebSocketClose(WS_1008_POLICY_VIOLATION, reason)(scope, receive, send)
            return
        self.open[address] += 1
        compat.limit_messages(receive, self._limits.largest)
        paced = PacedSocket(self._limits, receive, send)
        filling = asyncio.create_task(paced.fill())
        try:
            await self._app(scope, paced.messages().__anext__, send)
        finally:
            filling.cancel()
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]


def _address(scope: Scope) -> str:
    try:
        return client_of(HTTPConnection(scope))
    except SettingsError:  # every page says what is wrong
        return ""


def _size(message: Message) -> int:
    return len(message.get("bytes") or message.get("text") or "")
