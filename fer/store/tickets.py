"""Tickets in the database: hashes, and what their holders agreed to. They end with their class."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from fer.store.database import Database
from fer.store.schema import CLASS, TICKET


@dataclass(frozen=True)
class TicketFacts:
    """What is kept of a ticket.

    Attributes:
        key: the hash of its secret.
        class_id: the only class that it opens.
        camera: of `fer.classroom.consent.Camera`.
        individual: whether its holder may be seen individually.
        nickname: only where they may.
    """

    key: str
    class_id: str
    camera: str
    individual: bool = False
    nickname: str | None = None


class Tickets:
    """All tickets. Every method may raise `StoreError`: the database cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, facts: TicketFacts) -> None:
        """Keep a ticket, in place of what was kept of it. Of a class that is over none is kept."""
        with self._database.write() as connection:
            connection.execute(delete(TICKET).where(TICKET.c.key == facts.key))
            goes_on = select(CLASS.c.id).where(
                CLASS.c.id == facts.class_id, CLASS.c.closed.is_(None)
            )
            if connection.execute(goes_on).first() is not None:
                connection.execute(insert(TICKET).values(**vars(facts)))

    def get(self, key: str, class_id: str) -> TicketFacts | None:
        """A ticket of a class; None where the class has no such ticket."""
        query = select(TICKET).where(TICKET.c.key == key, TICKET.c.class_id == class_id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else TicketFacts(**row)

    def drop(self, key: str) -> None:
        """Forget a ticket."""
        with self._database.write() as connection:
            connection.execute(delete(TICKET).where(TICKET.c.key == key))
