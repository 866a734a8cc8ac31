"""A limit on what visitors upload: Streamlit keeps every upload in memory while a visit lasts.

A browser sends a file as soon as it is chosen, before any button is pressed, so a few files could
fill the memory of a small server. Here an upload that no longer fits is refused before its first
byte is received.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fer.web import compat

log = logging.getLogger(__name__)

ENDPOINT = "/_stcore/upload_file/"
_CGROUP = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class UploadLimits:
    """How much may be held at one time, in bytes.

    Attributes:
        visit: the limit for one visit.
        overall: the limit for all visits together.
    """

    visit: int
    overall: int

    @classmethod
    def of_this_machine(cls) -> UploadLimits:
        """Allows all visits half of the memory that the process may use, and one visit a third."""
        memory = _memory()
        return cls(memory // 3, memory // 2)


class UploadLimit:
    """ASGI middleware that refuses uploads beyond the limits."""

    def __init__(
        self,
        app: ASGIApp,
        limits: UploadLimits | None = None,
        held: Callable[[], Mapping[str, int]] = compat.uploads_held,
    ) -> None:
        """Args:
        app: the ASGI application behind this one.
        limits: how much may be held; None takes `UploadLimits.of_this_machine`.
        held: returns the bytes that are held now, by visit.
        """
        self._app = app
        self._limits = limits or UploadLimits.of_this_machine()
        self._held = held
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, except uploads that do not fit."""
        visit = _visit(scope)
        if visit is None:
            await self._app(scope, receive, send)
            return
        size = _size(scope)
        if size is None:
            answer = PlainTextResponse("An upload must say how long it is.", 411)
            await answer(scope, receive, send)
            return
        held = Counter(self._held()) + self._coming
        if held[visit] + size > self._limits.visit or held.total() + size > self._limits.overall:
            log.warning("refused an upload of %d bytes: %d are held", size, held.total())
            text = "The server has no room for this file now. Analyse or remove other files first."
            await PlainTextResponse(text, 413)(scope, receive, send)
            return
        self._coming[visit] += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming[visit] -= size
            if not self._coming[visit]:
                del self._coming[visit]


def _visit(scope: Scope) -> str | None:
    """The visit that an upload belongs to; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "PUT" or ENDPOINT not in scope["path"]:
        return None
    return scope["path"].split(ENDPOINT, 1)[1].split("/")[0]


def _size(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return None


def _memory() -> int:
    """Bytes that this process may use: the machine's memory, or less in a container."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        memory = 4 << 30
    try:
        return min(memory, int(_CGROUP.read_text()))
    except (OSError, ValueError):  # there is no limit, or it is "max"
        return memory
