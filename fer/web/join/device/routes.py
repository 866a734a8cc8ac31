"""The addresses of the files with which a student's device reads faces."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from fer.errors import SettingsError
from fer.web.join.device.shelf import shelf
from fer.web.security_headers import embedding_sites, for_students

FOREVER = "public, max-age=31536000, immutable"

PIECE = 1 << 16
"""Bytes that are sent at a time. On a slow network, no more of a file than this waits in memory for
each student."""


def routes(base: str) -> list[Route]:
    """Returns the routes for the addresses that `fer.web.join.device.kit.Kit` makes.

    Args:
        base: the path of the students' page.
    """
    return [Route(f"{base}/device/{{version}}/{{name}}", _file)]


async def addresses() -> dict[str, str] | None:
    """Returns the address of each part of the kit, or None if devices cannot read here."""
    try:
        kit = await anyio.to_thread.run_sync(lambda: shelf().kit())
    except SettingsError:  # the instructor's pages say what is wrong
        return None
    return None if kit is None else kit.addresses


async def _file(request: Request) -> Response:
    kit = await anyio.to_thread.run_sync(lambda: shelf().kit())
    file = None if kit is None else kit.file(**request.path_params)
    if file is None:
        raise HTTPException(404)
    data = await asyncio.wrap_future(file.compressed)
    headers = {
        # These hold for the Worker, too.
        **for_students(embedding_sites(), reads=True),
        "Cache-Control": FOREVER,
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        data = await anyio.to_thread.run_sync(gzip.decompress, data)
    headers["Content-Length"] = str(len(data))
    if request.method == "HEAD":
        return Response(headers=headers, media_type=file.media_type)
    return StreamingResponse(_pieces(data), headers=headers, media_type=file.media_type)


async def _pieces(data: bytes) -> AsyncIterator[memoryview]:
    view = memoryview(data)
    for start in range(0, len(view), PIECE):
        yield view[start : start + PIECE]
