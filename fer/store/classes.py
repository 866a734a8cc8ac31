"""Classes in the database: adding, finding, closing and erasing them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import lru_cache

from sqlalchemy import delete, insert, select, update

from fer.errors import StoreError
from fer.mood.prevalence import Prevalence
from fer.mood.trigger import Event
from fer.store.class_facts import ClassFacts
from fer.store.database import Database
from fer.store.schema import ALERT, CLASS, TICKET, UNDECIDED, WRITER

ERASED_AT_ONCE = 20
"""Most classes that one statement erases. Each may have a row for every second of hours,
and classes that go on wait meanwhile; thousands at once would take longer than a statement may."""

_COLUMNS = [CLASS.c[field.name] for field in fields(ClassFacts)]
_THERE = CLASS.c.thrown_away.is_(None)


class Classes:
    """All classes. Every method raises `StoreError` if the database cannot be reached.

    A class that was thrown away is as if it did not exist, until it is taken back.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, facts: ClassFacts, prevalence: Prevalence | None) -> None:
        """Write a new class.

        Args:
            facts: the class.
            prevalence: that of the network which is to read its faces; None if its card has none.
        """
        values = {column.name: getattr(facts, column.name) for column in _COLUMNS}
        values["prevalence"] = json.dumps(None if prevalence is None else prevalence.card())
        with self._database.write() as connection:
            start = {"decided": -1, "settled": False, "sources": 0}
            connection.execute(insert(CLASS).values(**values, **start))

    def prevalence(self, class_id: str, unknown: Prevalence | None) -> Prevalence | None:
        """How the network that a class was opened with reads each emotion.

        Args:
            class_id: the id of the class.
            unknown: what to return for a class that is older than this column.

        Raises:
            StoreError: what the database has is no prevalence, too.
        """
        with self._database.read() as connection:
            query = select(CLASS.c.prevalence).where(CLASS.c.id == class_id)
            kept = connection.execute(query).scalar()
        return unknown if kept is None else _prevalence(kept)

    def by_code(self, code: str) -> ClassFacts | None:
        """Returns the class with a code, or None."""
        return self._one(CLASS.c.code == code)

    def by_id(self, class_id: str) -> ClassFacts | None:
        """Returns the class with an id, or None."""
        return self._one(CLASS.c.id == class_id)

    def by_invitation(self, hashed: str) -> ClassFacts | None:
        """Returns the class whose link for a co-teacher has a secret with this hash, or None."""
        return self._one(CLASS.c.invitation == hashed) if hashed else None

    def all(self, owner: str | None = None) -> list[ClassFacts]:
        """Returns the classes of an owner, or for None of everybody; the newest first."""
        query = select(*_COLUMNS).where(_THERE).order_by(CLASS.c.opened.desc(), CLASS.c.id)
        if owner is not None:
            query = query.where(CLASS.c.owner == owner)
        with self._database.read() as connection:
            return [ClassFacts(**row) for row in connection.execute(query).mappings()]

    def rename(self, class_id: str, title: str) -> None:
        """Give a class another title."""
        self._set(class_id, title=title)

    def invite(self, class_id: str, hashed: str) -> None:
        """Replace the link of a class for a co-teacher; a hash of "" only ends the old link."""
        self._set(class_id, invitation=hashed)

    def close(self, class_id: str, closed: float, alerts: Sequence[Event] = ()) -> None:
        """End a class: delete tickets and undecided seconds, and write the alerts.

        A class that has ended already keeps the time and the alerts of its first end.
        """
        ended = (
            update(CLASS)
            .where(CLASS.c.id == class_id, CLASS.c.closed.is_(None))
            .values(closed=closed)
        )
        with self._database.write() as connection:
            # This comes first, because it locks the class: no ticket is written after the others
            # have been deleted.
            first = connection.execute(ended).rowcount
            for table in (TICKET, UNDECIDED, WRITER):
                connection.execute(delete(table).where(table.c.class_id == class_id))
            if first and alerts:
                rows = [{"class_id": class_id, **vars(alert)} for alert in alerts]
                connection.execute(insert(ALERT), rows)

    def close_overdue(self, now: float) -> None:
        """End all classes whose time is up, including those that no process serves any more."""
        for facts in self.all():
            if facts.closed is None and (over := facts.over(now)) is not None:
                self.close(facts.id, over)

    def erase(self, class_id: str) -> bool:
        """Delete a class with everything that is kept of it; returns whether there was one."""
        with self._database.write() as connection:
            return bool(connection.execute(delete(CLASS).where(CLASS.c.id == class_id)).rowcount)

    def erase_before(self, time: float) -> int:
        """Delete `ERASED_AT_ONCE` of the classes that ended before a time, in seconds since 1970.

        Returns:
            How many there were; there may be more if it is `ERASED_AT_ONCE`.
        """
        return self._erase(CLASS.c.closed < time)

    def throw_away(self, class_ids: Iterable[str], now: float) -> None:
        """Throw classes away; they can be taken back until they are erased."""
        self._throw(class_ids, now)

    def take_back(self, class_ids: Iterable[str]) -> None:
        """Bring classes back that are not erased yet."""
        self._throw(class_ids, None)

    def thrown_away(self, class_ids: Iterable[str]) -> set[str]:
        """Those of some classes that are thrown away and not erased yet."""
        query = select(CLASS.c.id).where(
            CLASS.c.id.in_(list(class_ids)), CLASS.c.thrown_away.is_not(None)
        )
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def erase_thrown_away(self, before: float) -> int:
        """The same for the classes that were thrown away before a time."""
        return self._erase(CLASS.c.thrown_away < before)

    def _erase(self, due) -> int:
        some = select(CLASS.c.id).where(due).limit(ERASED_AT_ONCE)
        with self._database.read() as connection:
            ids = list(connection.execute(some).scalars())
        if not ids:  # as mostly, and then nobody has to wait for a lock
            return 0
        with self._database.write() as connection:
            connection.execute(delete(CLASS).where(CLASS.c.id.in_(ids), due))
        return len(ids)

    def _throw(self, class_ids: Iterable[str], at: float | None) -> None:
        ids = list(class_ids)
        with self._database.write() as connection:
            connection.execute(update(CLASS).where(CLASS.c.id.in_(ids)).values(thrown_away=at))

    def _one(self, condition) -> ClassFacts | None:
        with self._database.read() as connection:
            query = select(*_COLUMNS).where(condition, _THERE)
            row = connection.execute(query).mappings().first()
        return None if row is None else ClassFacts(**row)

    def _set(self, class_id: str, **values) -> None:
        with self._database.write() as connection:
            connection.execute(update(CLASS).where(CLASS.c.id == class_id).values(**values))


@lru_cache(maxsize=8)
def _prevalence(kept: str) -> Prevalence | None:
    """Read what `Classes.add` has written; most classes were opened with the same network."""
    try:
        return Prevalence.from_card({"prevalence": json.loads(kept)})
    except ValueError as error:
        raise StoreError(f"The database is damaged: {error}.") from error
