"""The secret that lets a student into a class. Only the student's browser keeps it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from fer.classroom.consent import Consent


@dataclass(frozen=True)
class Student:
    """Somebody who was let in.

    Attributes:
        key: the hash of the secret of their ticket.
        consent: what they agreed to.
        room: True if this is not a student but a camera that shows many faces, such as the
            instructor's.
    """

    key: str = field(repr=False)
    consent: Consent
    room: bool = False


def new_secret() -> str:
    """Returns a random secret of 192 bits, as text."""
    return secrets.token_urlsafe(24)


def hashed(secret: str) -> str:
    """Returns the hash of a secret as 64 hex digits, which is all that is kept of it.

    A secret of 192 random bits cannot be guessed from its hash, so the hash needs neither salt nor
    a slow function. Looking up a hash takes no longer for a guess that is nearly right.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
