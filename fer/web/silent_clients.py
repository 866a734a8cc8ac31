"""Connections on which no request arrives, and connections on which answers arrive late.

uvicorn has no limit for how long a client may take to send the head of a request. Without one, a
few hundred connections with half a request each take all files that a process may open, and keep
everybody else out while they stay open.
"""

from __future__ import annotations

import contextlib
import importlib
import socket
import sys
from typing import Any

SILENCE_S = 20.0
"""Seconds after which a connection without a complete request is closed."""

_PROTOCOLS = (("h11_impl", "H11Protocol"), ("httptools_impl", "HttpToolsProtocol"))


def close_silent_connections(silence_s: float = SILENCE_S) -> None:
    """Make uvicorn close every new connection that brings no complete request for `silence_s`.

    uvicorn has no option for this. It makes an object of one of two classes for each connection,
    and both get a timer here. Both also send from then on without a delay.
    """
    for module, name in _PROTOCOLS:
        with contextlib.suppress(ImportError):  # httptools need not be installed
            protocol = getattr(importlib.import_module(f"uvicorn.protocols.http.{module}"), name)
            made = getattr(protocol.connection_made, "made", protocol.connection_made)
            protocol.connection_made = _watching(made, silence_s)


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

    connection_made.made = made  # type: ignore[attr-defined]
    return connection_made


def _send_at_once(transport: Any) -> None:
    """Let the system send each piece of an answer although the piece before is not acknowledged.

    asyncio does this by itself, but not for the socket that Streamlit makes, because that does not
    name TCP as its protocol. The second piece of each answer then waited for 40 ms.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def allow_many_connections() -> None:
    """Raise the number of files that this process may open to what its system allows."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no "unlimited" here
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
