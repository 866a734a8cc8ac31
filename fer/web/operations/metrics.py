"""How much the server does, in the text format of Prometheus."""

from __future__ import annotations

import hmac

import anyio
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fer.errors import SettingsError
from fer.web.operations.figures import registry
from fer.web.resources import settings


async def metrics(request: Request) -> Response:
    """Answers with the metrics, if the request brings the token of the settings."""
    try:
        token = settings().metrics_token
    except SettingsError:
        token = ""
    if not token:
        return PlainTextResponse("FER_METRICS_TOKEN is not set.\n", 404)
    sent = request.headers.get("authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(sent, f"Bearer {token}".encode()):
        return PlainTextResponse(
            "Send the token of FER_METRICS_TOKEN as a bearer token.\n",
            401,
            {"WWW-Authenticate": "Bearer"},
        )
    text = await anyio.to_thread.run_sync(generate_latest, registry)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
