"""Which host names this server answers to, and whose pages may talk to it."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from fer.access.policy import LOOPBACK_NAMES
from fer.web.access.visit import host_name

log = logging.getLogger(__name__)

READS = ("GET", "HEAD", "OPTIONS")
"""The HTTP methods that change nothing."""


class Hosts:
    """ASGI middleware that refuses requests and web sockets by their headers Host and Origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed; answer the rest with status 421, Misdirected Request."""
        reason = why_refused(scope) if scope["type"] in ("http", "websocket") else ""
        if not reason:
            await self._app(scope, receive, send)
            return
        log.warning("refused a %s connection: %s", scope["type"], reason)
        answer: ASGIApp
        if scope["type"] == "websocket":
            answer = WebSocketClose(WS_1008_POLICY_VIOLATION, reason)
        else:
            # The body is never read, so the connection must end here.
            answer = PlainTextResponse(reason, 421, headers={"Connection": "close"})
        await answer(scope, receive, send)


def why_refused(scope: Scope) -> str:
    """Returns why a request or a web socket is refused, or "" if it is allowed."""
    # An attacker may point the name of their site at this server (DNS rebinding). To a browser, all
    # answers then come from that site, so that its pages may read them.
    if not is_allowed(_header(scope, b"host")):
        return "This server does not go by that name."
    reads = scope["type"] == "http" and scope["method"] in READS
    if not reads and from_another_local_port(scope):
        return "This page comes from another server."
    return ""


def is_allowed(host: str) -> bool:
    """Returns whether `server.allowedHosts` has a host. Streamlit checks it for web sockets only.

    Args:
        host: the Host header, with or without a port.
    """
    allowed = [str(name).lower() for name in st.get_option("server.allowedHosts")]
    name = host_name(host).rstrip(".")
    return not allowed or any(
        name == each or each == "*" or (each.startswith("*.") and name.endswith(each[1:]))
        for each in allowed
    )


def from_another_local_port(scope: Scope) -> bool:
    """Returns whether the page of another server on the visitor's machine sent this request.

    Streamlit trusts pages from every port of localhost, so a page of any local web server could
    read what the app shows.
    """
    try:
        origin = urlsplit(_header(scope, b"origin"))
    except ValueError:
        return True
    return origin.hostname in LOOPBACK_NAMES and origin.netloc != _header(scope, b"host")


def _header(scope: Scope, name: bytes) -> str:
    values = (value for key, value in scope["headers"] if key.lower() == name)
    return next(values, b"").decode("latin-1")
