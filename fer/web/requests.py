"""Gives each request a number, which a visitor sees when an unexpected error happens."""

from __future__ import annotations

import logging

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fer.logs import reference
from fer.web import texts

log = logging.getLogger(__name__)


class Requests:
    """ASGI middleware that numbers requests and web sockets, and answers when the app fails."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and answer with the request's number if that fails."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        number = reference.begin()
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            # Paths may contain the code of a class, so the log gets only their first part.
            place = "/".join(scope["path"].split("/")[:2])
            log.exception("a request failed: %s %s", scope.get("method", scope["type"]), place)
            if scope["type"] == "websocket" or started:
                raise
            text = texts.FAULT_PLAIN.format(reference=number)
            await PlainTextResponse(text, 500)(scope, receive, send)
