"""What an instructor notes during a class, marks and questions, and the alerts of a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.store.database import Database
from fer.store.schema import ALERT, MARK, QUESTION


@dataclass(frozen=True)
class Question:
    """A question that the instructor asked.

    Attributes:
        id: tells it from other questions.
        text: written by the instructor. Escape it wherever it is shown.
        asked: the second since the class was opened from which on its answers count. It was asked
            in that second, or a little before if another question was open then.
        ended: the second before which its answers count, a little after it was ended or replaced;
            None while it is open.
    """

    id: str
    text: str
    asked: int
    ended: int | None = None


class Journal:
    """The notes of all classes. Methods raise `StoreError` if the database cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def marks(
        self, class_id: str, added: Sequence[Mark] = (), removed: Sequence[Mark] = ()
    ) -> list[Mark]:
        """Add and remove marks of a class; returns all of its marks in order of time.

        One that is added takes the place of a mark of the same time: of itself, where nobody knows
        whether it was written before, or of what another process has renamed it to.
        """
        if added or removed:
            with self._database.write() as connection:
                for mark in removed:
                    connection.execute(
                        delete(MARK).where(
                            MARK.c.class_id == class_id,
                            MARK.c.t == mark.t,
                            MARK.c.text == mark.text,
                        )
                    )
                for mark in added:
                    there = delete(MARK).where(MARK.c.class_id == class_id, MARK.c.t == mark.t)
                    connection.execute(there)
                    connection.execute(insert(MARK).values(class_id=class_id, **vars(mark)))
        query = select(MARK.c.t, MARK.c.text).where(MARK.c.class_id == class_id)
        with self._database.read() as connection:
            kept = connection.execute(query.order_by(MARK.c.t, MARK.c.serial)).mappings().all()
        return [Mark(**row) for row in kept]

    def questions(self, class_id: str, changed: Sequence[Question] = ()) -> list[Question]:
        """Add questions of a class or end them; returns all of its questions in order of time.

        Those of the same second have one order for all processes.
        """
        if changed:
            with self._database.write() as connection:
                for question in changed:
                    ended = update(QUESTION).where(QUESTION.c.id == question.id)
                    if not connection.execute(ended.values(ended=question.ended)).rowcount:
                        values = {"class_id": class_id, **vars(question)}
                        connection.execute(insert(QUESTION).values(**values))
        query = select(QUESTION.c.id, QUESTION.c.text, QUESTION.c.asked, QUESTION.c.ended)
        query = query.where(QUESTION.c.class_id == class_id)
        query = query.order_by(QUESTION.c.asked, QUESTION.c.id)
        with self._database.read() as connection:
            return [Question(**row) for row in connection.execute(query).mappings()]

    def alerts(self, class_id: str) -> list[Event]:
        """Returns the alerts of a class that has ended, in the order in which they were raised."""
        columns = (ALERT.c[name] for name in ("kind", "start", "end", "strength", "text"))
        query = select(*columns).where(ALERT.c.class_id == class_id).order_by(ALERT.c.serial)
        with self._database.read() as connection:
            return [Event(**row) for row in connection.execute(query).mappings()]
