"""Headers that tell the browser what our pages may connect to and load, and who may frame them.

Streamlit sends none of them. They limit what an attacker could do with a script that gets onto a
page in spite of everything else: it could not send a picture or a number to another server.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fer.errors import SettingsError
from fer.web.resources import settings

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def for_streamlit(embedded_by: str = "") -> Mapping[str, str]:
    """Returns the headers for Streamlit's pages, their files and the frames of components.

    Streamlit's front end sets styles inline, draws its components from modules at `blob:`
    addresses, and shows pictures and fonts from `data:` addresses.

    Args:
        embedded_by: origins, separated by spaces, that may show the app in a frame.
    """
    scripts = " ".join(["'self'", "blob:", *_hashes_of_inline_scripts()])
    return _headers(
        {
            "default-src": "'self'",
            "script-src": scripts,
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' blob: data:",
            "media-src": "'self' blob: data:",
            "font-src": "'self' data:",
            "connect-src": "'self'",
            "worker-src": "'self' blob:",
            "frame-src": "'self' blob:",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            # Streamlit shows components of the older kind in frames of the same origin.
            "frame-ancestors": f"'self' {embedded_by}".strip(),
        },
        referrer="same-origin",
        # The recorder of a clip needs the microphone.
        allowed=("camera", "clipboard-write", "display-capture", "fullscreen", "microphone"),
    )


@cache
def for_students(embedded_by: str = "", *, reads: bool = False) -> Mapping[str, str]:
    """Returns the headers for the students' page: nothing from other servers, and nothing inline.

    Args:
        embedded_by: origins, separated by spaces, that may show the page in a frame.
        reads: whether the student's device may read faces. A Worker then runs WebAssembly, which
            browsers allow by 'wasm-unsafe-eval'; no text may be run as a script by it.
    """
    return _headers(
        {
            "default-src": "'none'",
            "script-src": "'self' 'wasm-unsafe-eval'" if reads else "'self'",
            **({"worker-src": "'self'"} if reads else {}),
            "style-src": "'self'",
            "img-src": "'self'",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": embedded_by or "'none'",
        },
        referrer="no-referrer",
        allowed=("camera",),
    )


def _headers(
    policy: Mapping[str, str], *, referrer: str, allowed: tuple[str, ...]
) -> Mapping[str, str]:
    powers = (
        *("accelerometer", "camera", "clipboard-read", "clipboard-write", "display-capture"),
        *("fullscreen", "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi"),
        *("payment", "serial", "usb"),
    )
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": ", ".join(
            f"{power}=({'self' if power in allowed else ''})" for power in powers
        ),
        "Referrer-Policy": referrer,
        "X-Content-Type-Options": "nosniff",
    }


def _hashes_of_inline_scripts() -> list[str]:
    """Returns the inline scripts of Streamlit's page as CSP sources, so that no others may run."""
    page = Path(st.__file__).with_name("static") / "index.html"
    try:
        scripts = _INLINE_SCRIPT.findall(page.read_text("utf-8"))
    except OSError:
        return []
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    ]


class SecurityHeaders:
    """ASGI middleware that adds `for_streamlit` to every answer, but keeps what a route has set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with headers added to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in for_streamlit(embedding_sites()).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def embedding_sites() -> str:
    """Returns the origins that may show the app in a frame; none while the settings are wrong."""
    try:
        return settings().embedded_by
    except SettingsError:  # every page says what is wrong
        return ""
