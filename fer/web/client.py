"""What a request or a web socket says about its client."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from fer.access.client import client_address, client_key
from fer.web.resources import settings


def client_of(connection: HTTPConnection) -> str:
    """Returns the key under which the guesses and connections of a client are counted.

    Args:
        connection: a request or a web socket of the client.

    Raises:
        SettingsError: the settings are wrong.
    """
    peer = connection.client.host if connection.client else None
    header = ",".join(connection.headers.getlist("x-forwarded-for"))
    return client_key(client_address(peer, header, settings().proxies))


def is_secure(connection: HTTPConnection) -> bool:
    """Returns whether the browser used HTTPS, to the app or to a proxy in front of it.

    The header of the proxy is believed. Whoever forges it only harms themselves: they get a cookie
    that their browser does not send back, or a link that does not work.
    """
    return "https" in (connection.url.scheme, connection.headers.get("x-forwarded-proto", ""))
