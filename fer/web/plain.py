"""Helpers of the routes that answer without Streamlit."""

from __future__ import annotations

import streamlit as st
from starlette.requests import HTTPConnection

from fer.access.client import client_address, client_key
from fer.web.resources import settings


def base_path() -> str:
    """Returns the path below which a proxy serves the app: "" or such as "/mood"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def client_of(connection: HTTPConnection) -> str:
    """Returns the name under which the guesses of a request's or web socket's client are counted.

    Raises:
        ValueError: the settings are wrong.
    """
    peer = connection.client.host if connection.client else None
    header = ",".join(connection.headers.getlist("x-forwarded-for"))
    return client_key(client_address(peer, header, settings().proxies))


def is_secure(connection: HTTPConnection) -> bool:
    """Whether the browser used HTTPS, directly or to a proxy in front of the app.

    Whoever makes the header up only harms themselves: they get a cookie that their browser does
    not send back, or a link that does not work.
    """
    return "https" in (connection.url.scheme, connection.headers.get("x-forwarded-proto", ""))
