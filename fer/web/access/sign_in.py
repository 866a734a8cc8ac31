"""The page for the password, a plain form whose answer sets a cookie.

It is not a page of Streamlit, because only an answer over HTTP can set a cookie that scripts cannot
read.
"""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fer.access.throttle import Throttle
from fer.access.token import LASTS_S
from fer.errors import SettingsError
from fer.purpose import PRODUCT
from fer.web.access import texts
from fer.web.access.visit import COOKIE, policy
from fer.web.addresses import base_path
from fer.web.client import client_of, is_secure
from fer.web.faults import public

PATH = "/sign-in"
"""Path of the page, below the app's base path."""

LARGEST_BODY = 4096
"""Size in bytes of the longest form that is read."""

PATIENCE_S = 20.0
"""Seconds that a form may take to come. Whoever never ends theirs would keep a connection."""

AT_ONCE = 2
"""How many passwords are checked at a time. Each takes 32 MB and a processor core for 0.1 s."""

_pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
_throttle = Throttle()
_limiter = anyio.CapacityLimiter(AT_ONCE)


def routes() -> list[Route]:
    """Returns the routes of the page."""
    return [Route(base_path() + PATH, _answer, methods=["GET", "POST"])]


async def _answer(request: Request) -> Response:
    try:
        policy()
    except SettingsError as problem:
        return _form("", public(problem), 503)
    back = way_back(request.query_params.get("next", ""))
    if request.method == "GET":
        if "out" in request.query_params and _sent_from_here(request):
            return _signed_out(request)
        return _form(back, "" if policy().takes_password else texts.NO_PASSWORD)
    if not _sent_from_here(request):
        return _form(back, texts.ELSEWHERE, 403)
    try:
        async with asyncio.timeout(PATIENCE_S):
            guess = await _password(request)
    except TimeoutError:
        # The rest of the form is never read, so the connection must end here.
        answer = _form(back, texts.TOO_SLOW, 408)
        answer.headers["Connection"] = "close"
        return answer
    if guess is None:
        return _form(back, texts.TOO_LONG, 413)
    client = client_of(request)
    if wait := _throttle.attempt(client, time.monotonic()):
        seconds = math.ceil(wait)
        answer = _form(back, texts.WAIT.format(seconds=seconds), 429)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    token = await anyio.to_thread.run_sync(policy().sign_in, guess, time.time(), limiter=_limiter)
    if token is None:
        return _form(back, texts.WRONG, 403)
    _throttle.succeeded(client)
    way = RedirectResponse(f"{base_path()}/{back}", 303)
    way.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS_S),
        path=base_path() or "/",
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )
    return way


def render(name: str, **values: object) -> str:
    """Returns the HTML of one of the templates beside this module, with all values escaped."""
    return _pages.get_template(name).render(**values)


def way_back(text: str) -> str:
    """Returns the page to open after a sign-in, as a path within the app; "" is the first page.

    Args:
        text: what the address asks for, which may be anything.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    harmless = text.isascii() and text.isprintable() and not set(text) & set("\\<>\"' ")
    if parts.scheme or parts.netloc or text.startswith("/") or not harmless:
        return ""
    return text


def _form(back: str, problem: str = "", status: int = 200) -> HTMLResponse:
    html = render(
        "sign_in.html",
        texts=texts,
        product=PRODUCT,
        problem=problem,
        home=f"{base_path()}/",
        back=back,
    )
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def _signed_out(request: Request) -> Response:
    answer = RedirectResponse(f"{base_path()}/", 303)
    answer.delete_cookie(
        COOKIE,
        path=base_path() or "/",
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )
    return answer


async def _password(request: Request) -> str | None:
    """Returns the password in the form, or None if the form is too long to hold one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return fields.get("password", [""])[0]


def _sent_from_here(request: Request) -> bool:
    """Returns whether a page of this app sent the request, as far as the browser tells."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        return False
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
