"""Tickets in the database: their hashes and what students agreed to, until the class ends."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from fer.store.database import Database
from fer.store.schema import CLASS, TICKET


@dataclass(frozen=True)
class TicketFacts:
    """What the database has of a ticket.

    Attributes:
        key: the hash of its secret.
        class_id: the class that it opens; it opens no other.
        camera: a value of `fer.classroom.consent.Camera`.
        individual: whether its holder may be seen individually.
        nickname: the nickname of a holder who may be seen individually; else None.
    """

    key: str
    class_id: str
    camera: str
    individual: bool = False
    nickname: str | None = None


class Tickets:
    """All tickets. Every method raises `StoreError` if the database cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, facts: TicketFacts) -> None:
        """Write a new ticket. It is not kept if its class is over."""
        goes_on = select(CLASS.c.id).where(CLASS.c.id == facts.class_id, CLASS.c.closed.is_(None))
        with self._database.write() as connection:
            # Locked, the class cannot end before the ticket is there to be deleted with it.
            here = connection.execute(goes_on.with_for_update(read=True)).first()
            if here is not None:
                connection.execute(insert(TICKET).values(**vars(facts)))

    def get(self, key: str, class_id: str) -> TicketFacts | None:
        """Returns a ticket of a class, or None if the class has no such ticket."""
        query = select(TICKET).where(TICKET.c.key == key, TICKET.c.class_id == class_id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else TicketFacts(**row)

    def hide(self, key: str) -> None:
        """Note that the holder of a ticket may not be seen individually any longer.

        A ticket that was deleted meanwhile is not written again.
        """
        hidden = update(TICKET).where(TICKET.c.key == key).values(individual=False, nickname=None)
        with self._database.write() as connection:
            connection.execute(hidden)

    def class_is_over(self, class_id: str) -> bool:
        """Whether a class has ended, and its tickets with it."""
        query = select(CLASS.c.id).where(CLASS.c.id == class_id, CLASS.c.closed.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def drop(self, key: str) -> None:
        """Delete a ticket."""
        with self._database.write() as connection:
            connection.execute(delete(TICKET).where(TICKET.c.key == key))
