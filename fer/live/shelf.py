"""Live sessions whose browser has gone, until it comes back or their time is over.

When a browser's tab loads the page again, that is a new visit for the server. It brings the token
of the earlier visit and continues that visit's session. Everything is in memory only. The shelf
does not keep sessions alive: one that nothing else refers to disappears from it.
"""

from __future__ import annotations

import secrets
import threading
import time
from typing import Any
from weakref import WeakValueDictionary

from fer.live.session import LiveSession

KEPT_S = 120.0
"""Seconds for which a session can be claimed after its browser has gone."""


class Visit:
    """One visit to the live page. `Shelf.open` makes it.

    Attributes:
        session: its session.
        owner: the name under which its visitor's results are kept (`fer.access.roles.Person`).
        token: a secret that only the visitor's tab knows.
        settings: the visitor's choices on the page by name, to be restored with the session.
    """

    def __init__(self, session: LiveSession, owner: str) -> None:
        self.session = session
        self.owner = owner
        self.token = secrets.token_urlsafe(24)
        self.settings: dict[str, Any] = {}
        self._left: float | None = None

    @property
    def is_here(self) -> bool:
        """Whether the visitor's browser is connected."""
        return self._left is None

    @property
    def is_over(self) -> bool:
        """Whether the browser has been gone for more than `KEPT_S`."""
        return self._left is not None and time.monotonic() - self._left > KEPT_S

    def leave(self) -> None:
        """Note that the browser has gone, and end the stream of the session."""
        self._left = time.monotonic()
        self.session.close()

    def return_(self) -> None:
        """Note that the browser is back."""
        self._left = None


class Shelf:
    """The visits of this process by their tokens. It may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: WeakValueDictionary[str, Visit] = WeakValueDictionary()

    def open(self, session: LiveSession, owner: str) -> Visit:
        """Make a visit, which can be claimed as long as something else refers to it."""
        visit = Visit(session, owner)
        with self._lock:
            self._visits[visit.token] = visit
        return visit

    def find(self, token: str, owner: str) -> Visit | None:
        """Returns the visit with a token, or None if there is none or it belongs to another person.

        A visit whose time is over, or which has no data, is not returned.
        """
        with self._lock:
            visit = self._visits.get(token)
        if visit is None or visit.owner != owner or visit.is_over:
            return None
        return visit if visit.session.began is not None else None

    def claim(self, token: str, owner: str) -> Visit | None:
        """Remove a visit whose browser has gone from the shelf; the arguments are those of `find`.

        Returns:
            The visit, or None if `find` returns none, or if its browser is still connected, for
            example because the tab was duplicated.
        """
        visit = self.find(token, owner)
        if visit is None or visit.is_here:
            return None
        with self._lock:
            return self._visits.pop(token, None)
