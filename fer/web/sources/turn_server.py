"""Passwords for a school's TURN server that expire by themselves.

The server and this app share a secret. A password made from it holds for some hours, so one that
is read from a page is of little use (draft-uberti-behave-turn-rest; coturn's `use-auth-secret`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from fer.errors import SettingsError

LASTS_S = 12 * 3600
"""How long a password holds: a day of teaching."""


def turn_server(urls: str, secret: str, now: float) -> dict[str, object]:
    """Returns one entry for the list of ICE servers.

    Args:
        urls: `turn:` and `turns:` addresses, separated by commas or spaces.
        secret: the secret that the server shares, coturn's `static-auth-secret`.
        now: the time in seconds since 1970.

    Raises:
        SettingsError: there is no address, or one that is not of a TURN server.
    """
    addresses = urls.replace(",", " ").split()
    if not addresses:
        raise SettingsError("FER_TURN_SECRET is set, but FER_TURN_URLS is not")
    if not all(address.startswith(("turn:", "turns:")) for address in addresses):
        raise SettingsError("FER_TURN_URLS must hold addresses that begin with turn: or turns:")
    username = f"{int(now) + LASTS_S}:mood"
    # SHA-1 is what the scheme and its servers use; for a keyed hash it is still sound.
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {
        "urls": addresses,
        "username": username,
        "credential": base64.b64encode(digest).decode("ascii"),
    }
