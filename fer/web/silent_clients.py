"""Clients that ask for nothing, and clients that take nothing.

uvicorn has no limit for how long a client may take to send the head of a request. Without one, a
few hundred connections with half a request each take all files that a process may open, and keep
everybody else out while they stay open.

It closes a web socket on which no answer to a ping arrives. But before a connection closes, all
that was written to it has to be sent, and if the browser has vanished, the system tries that for 15
minutes. For so long the visit went on.
"""

from __future__ import annotations

import contextlib
import importlib
import socket
import sys
from collections.abc import Callable
from typing import Any

SILENCE_S = 20.0
"""Seconds after which a connection without a complete request is closed."""

UNTAKEN_S = 60.0
"""Seconds after which a web socket is closed whose other side takes nothing of what is sent."""

_HTTP = (("http.h11_impl", "H11Protocol"), ("http.httptools_impl", "HttpToolsProtocol"))
_WEB_SOCKETS = (("websockets.websockets_sansio_impl", "WebSocketsSansIOProtocol"),)


def close_silent_connections(silence_s: float = SILENCE_S, untaken_s: float = UNTAKEN_S) -> None:
    """Make uvicorn close new connections whose other side has become silent.

    uvicorn has no options for this. It makes an object of one of two classes for each connection,
    and both get a timer here. Both also send from then on without a delay. A request for a web
    socket hands its connection on to an object of a third class.

    Args:
        silence_s: seconds that a connection may be without a complete request.
        untaken_s: seconds that a web socket may be without taking anything that waits for it. The
            limit needs Linux. A film that a browser has paused may wait for as long as it likes.
    """
    _when_connected(_HTTP, lambda made: _watching(made, silence_s))
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        _when_connected(_WEB_SOCKETS, lambda made: _giving_up(made, untaken_s))


def _when_connected(protocols: tuple[tuple[str, str], ...], extended: Callable) -> None:
    for module, name in protocols:
        with contextlib.suppress(ImportError):  # httptools need not be installed
            protocol = getattr(importlib.import_module(f"uvicorn.protocols.{module}"), name)
            made = getattr(protocol.connection_made, "made", protocol.connection_made)
            protocol.connection_made = extended(made)
            protocol.connection_made.made = made


def _watching(made: Any, silence_s: float) -> Any:
    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        _send_at_once(transport)
        self.loop.call_later(silence_s, look, self, None)

    def look(connection: Any, before: Any) -> None:
        transport, request = connection.transport, connection.cycle
        # A connection that has become a web socket has another protocol by now.
        if transport.is_closing() or transport.get_protocol() is not connection:
            return
        waits = request is None or request.response_complete
        if waits and request is before:
            transport.close()
            return
        connection.loop.call_later(silence_s, look, connection, request)

    return connection_made


def _giving_up(made: Any, untaken_s: float) -> Any:
    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        if (connection := _tcp(transport)) is not None:
            milliseconds = round(1000 * untaken_s)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    return connection_made


def _send_at_once(transport: Any) -> None:
    """Let the system send each piece of an answer although the piece before is not acknowledged.

    asyncio does this by itself, but not for the socket that Streamlit makes, because that does not
    name TCP as its protocol. The second piece of each answer then waited for 40 ms.
    """
    if (connection := _tcp(transport)) is not None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _tcp(transport: Any) -> Any:
    """The socket of a transport, or None if it has none of TCP."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        return connection
    return None


def allow_many_connections() -> None:
    """Raise the number of files that this process may open to what its system allows."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no "unlimited" here
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
