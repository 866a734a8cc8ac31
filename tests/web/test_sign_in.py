"""The page for the password, without a server; tests/browser has the rest."""

import asyncio

from starlette.requests import Request

from fer.web.access import sign_in
from tests.loops import run


def test_a_form_that_never_ends_does_not_keep_its_connection(monkeypatch):
    monkeypatch.setattr(sign_in, "PATIENCE_S", 0.1)
    pieces = [{"type": "http.request", "body": b"password=secr", "more_body": True}]

    async def receive():
        if not pieces:
            await asyncio.Event().wait()  # the client is silent
        return pieces.pop()

    async def answer():
        scope = {"type": "http", "method": "POST", "headers": [], "query_string": b"", "path": "/"}
        (route,) = sign_in.routes()
        return await asyncio.wait_for(route.endpoint(Request(scope, receive)), 20)

    said = run(answer())
    assert (said.status_code, said.headers["Connection"]) == (408, "close")
