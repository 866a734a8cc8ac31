"""Sign-in tokens: what a browser keeps in its cookie after a sign-in.

A token says until when it holds and is signed, so any process with the same password can check it
and none has to remember it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

LASTS_S = 12 * 3600.0
"""How long a sign-in holds: a day of teaching."""


def new_token(key: bytes, now: float, lasts_s: float = LASTS_S) -> str:
    """Returns a new token.

    Args:
        key: the secret that signs it.
        now: s since 1970.
        lasts_s: how long it holds.
    """
    text = f"{int(now + lasts_s)}.{secrets.token_urlsafe(9)}"
    return f"{text}.{_signature(key, text)}"


def holds(token: str, key: bytes, now: float) -> bool:
    """Whether a token was signed with `key` and has not ended. Takes any text."""
    text, _, signature = token.rpartition(".")
    signed = hmac.compare_digest(
        _signature(key, text).encode("ascii"), signature.encode("utf-8", "surrogatepass")
    )
    return signed and now < int(text.partition(".")[0])


def _signature(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
