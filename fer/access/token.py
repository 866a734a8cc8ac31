"""Sign-in tokens, which a browser keeps in a cookie after a sign-in.

A token says until when it is valid and is signed. So any process with the same password can check
it, and none has to remember it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

LASTS_S = 12 * 3600.0
"""Seconds for which a sign-in is valid: a day of teaching."""


def new_token(key: bytes, now: float, lasts_s: float = LASTS_S) -> str:
    """Returns a new token.

    Args:
        key: the secret that signs it.
        now: the time in seconds since 1970.
        lasts_s: for how many seconds the token is valid.
    """
    text = f"{int(now + lasts_s)}.{secrets.token_urlsafe(9)}"
    return f"{text}.{_signature(key, text)}"


def holds(token: str, key: bytes, now: float) -> bool:
    """Returns whether a token, which may be any text, was signed with `key` and is still valid."""
    text, _, signature = token.rpartition(".")
    signed = hmac.compare_digest(
        _signature(key, text).encode("ascii"), signature.encode("utf-8", "surrogatepass")
    )
    return signed and now < int(text.partition(".")[0])


def _signature(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
