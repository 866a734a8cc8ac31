"""The ticket that a student is let in with: a secret that only the student's browser keeps."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from fer.classroom.consent import Consent


@dataclass(frozen=True)
class Ticket:
    """What a student gets when joining.

    Attributes:
        secret: given out once, kept by the student's browser; here only its hash is kept.
        class_id: the only class that it opens.
    """

    secret: str = field(repr=False)
    class_id: str


@dataclass(frozen=True)
class Student:
    """Somebody who was let in.

    Attributes:
        key: the hash of their ticket's secret.
        class_id: the class that they are in.
        consent: what they agreed to.
        room: this is no student but a camera that shows many faces, such as the instructor's.
    """

    key: str = field(repr=False)
    class_id: str
    consent: Consent
    room: bool = False


def new_secret() -> str:
    """A random secret of 192 bits."""
    return secrets.token_urlsafe(24)


def hashed(secret: str) -> str:
    """What is kept of a secret, as 64 hex digits.

    A secret of 192 random bits cannot be guessed from its hash, so the hash needs neither salt nor
    a slow function. Looking up a hash also takes no longer for a guess that is nearly right.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
