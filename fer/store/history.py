"""The seconds of classes in the database, through which the processes that serve one class meet.

Each process adds its sums to the table `undecided`. Once all processes have written a second, the
gate of the class (`fer.classroom.anonymity`) decides what may be seen of it. Only that goes to the
table `history`, and the sums of the second are deleted. All of this happens in one transaction that
locks the row of the class, so any process may do it at any time, and a process that is killed
leaves nothing half done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from sqlalchemy import (
    Connection,
    Float,
    Insert,
    Row,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from fer.store.database import Database
from fer.store.schema import (
    CLASS,
    CONTEMPT_COLUMNS,
    HISTORY,
    MOOD_COLUMNS,
    PRESS_COLUMNS,
    SUM_COLUMNS,
    UNDECIDED,
    WRITER,
)
from fer.store.second import ClassSecond, from_row, to_row

_ALL_MOODS = (*MOOD_COLUMNS, *CONTEMPT_COLUMNS)

PATIENCE_S = 10.0
"""Seconds for which a class waits for a process that does not write, because it was killed or
because it comes back a little later from the same outage of the database."""


GateState = tuple[int, bool, int]
"""The last decided second of a class, whether it is settled, and its number of sources, as
`fer.classroom.anonymity.Gate` takes them."""


class Gate(Protocol):
    """What decides which seconds may be seen: `fer.classroom.anonymity.Gate`."""

    decided: int
    settled: bool
    sources: int

    def take(self, rows: Sequence[ClassSecond], until: int) -> list[ClassSecond]:
        """Returns what may be seen of the seconds after `decided`."""

    def late(self, rows: Sequence[ClassSecond]) -> list[ClassSecond]:
        """Returns what may be seen of seconds that were decided before they came."""


@dataclass(frozen=True)
class Batch:
    """What one process writes about one class at a time. It is written exactly once.

    Attributes:
        process: the name of the process.
        number: counts up from 1 with each batch of this process and class. A batch of which nobody
            knows whether it was written is sent again with the same number and the same rows.
        rows: the seconds to write.
        until: the last second to which the process will add nothing more.
        present: how many students are connected to the process now.
        state: of the gate with which the process went on by itself while the database was away;
            None if it did not. All `rows` are of seconds that it has not decided.
        shown: the seconds that it let through meanwhile, which have been seen already.
    """

    process: str
    number: int
    rows: Sequence[ClassSecond]
    until: int
    present: int
    state: GateState | None = None
    shown: Sequence[ClassSecond] = ()


@dataclass(frozen=True)
class News:
    """What a process learns when it has written.

    Attributes:
        rows: what may be seen and is new to the process, in the order in which it was decided.
        serial: the number to hand in the next time.
        elsewhere: how many students are connected to other processes.
        state: of the gate of the class.
    """

    rows: list[ClassSecond]
    serial: int
    elsewhere: int
    state: GateState


class History:
    """The seconds of all classes. Methods raise `StoreError` if the database cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def exchange(
        self,
        class_id: str,
        batch: Batch,
        now: float,
        serial: int,
        gate_of: Callable[[int, bool, int], Gate],
    ) -> News | None:
        """Write a batch, decide what can be decided, and return what is new.

        Args:
            class_id: the id of the class.
            batch: what to write.
            now: the time in seconds since 1970.
            serial: the serial of the latest `News`; 0 at first.
            gate_of: makes a gate from its last decided second, whether it is settled, and its
                number of sources.

        Returns:
            The news, or None if the class is over or was erased.
        """
        with self._database.write() as connection:
            query = select(CLASS.c.decided, CLASS.c.settled, CLASS.c.sources).where(
                CLASS.c.id == class_id, CLASS.c.closed.is_(None)
            )
            row = connection.execute(query.with_for_update()).first()
            if row is None:
                return None
            gate = self._write(connection, class_id, batch, gate_of(*row), gate_of)
            complete, elsewhere = _heard(connection, class_id, batch, now)
            self._decide(connection, class_id, gate, complete)
            state = gate.decided, gate.settled, gate.sources
            newest = connection.execute(
                select(func.max(HISTORY.c.serial)).where(HISTORY.c.class_id == class_id)
            ).scalar()
        # This runs after the row of the class is unlocked: a process's first news may hold hours.
        # What others have decided since then is left for the next time, as `state` is older.
        new = HISTORY.c.serial.between(serial + 1, newest)
        with self._database.read() as connection:
            rows = _rows(connection, HISTORY, class_id, new)
        serial = rows[-1].serial if rows else serial
        return News([second(row) for row in rows], serial, elsewhere, state)

    def seconds(self, class_id: str) -> list[ClassSecond]:
        """Returns all that may be seen of a class, in the order in which it was decided."""
        with self._database.read() as connection:
            return [second(row) for row in _rows(connection, HISTORY, class_id)]

    def has_seconds(self, class_id: str) -> bool:
        """Whether anything may be seen of a class."""
        query = select(HISTORY.c.serial).where(HISTORY.c.class_id == class_id).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def parts(
        self, class_id: str, length_s: float, parts: int
    ) -> dict[int, tuple[int, np.ndarray]]:
        """Sums over equal parts of a class, added up by the database.

        Args:
            class_id: of which class.
            length_s: its length in s.
            parts: how many parts.

        Returns:
            For each part, from 0 on, in which faces were read: the seconds summed up, and their
            `ClassSecond.mood`, float64 (102,), or (132,) with contempt.
        """
        whole = max(1, math.ceil(length_s))
        # The clock of the process that ended the class may be behind that of another one.
        within = case((HISTORY.c.second < whole, HISTORY.c.second), else_=whole - 1)
        part = within * parts // whole
        # PostgreSQL would add up in single precision.
        sums = [func.sum(cast(HISTORY.c[name], Float(53))) for name in _ALL_MOODS]
        query = select(part, func.sum(HISTORY.c.length), *sums)
        query = query.where(HISTORY.c.class_id == class_id, HISTORY.c.sharing > 0).group_by(part)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {int(row[0]): (int(row[1]), from_row([0.0, *row[2:]])) for row in rows}

    def presses(self, class_id: str) -> list[tuple[int, int, np.ndarray]]:
        """The last second, the students present and the presses of each row in which some are."""
        columns = [HISTORY.c[name] for name in PRESS_COLUMNS]
        last = HISTORY.c.second + HISTORY.c.length - 1
        query = select(last, HISTORY.c.present, *columns).where(
            HISTORY.c.class_id == class_id, or_(*(column != 0 for column in columns))
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(last, HISTORY.c.serial)).all()
        return [(int(row[0]), int(row[1]), np.array(row[2:], float)) for row in rows]

    def sign_off(self, class_id: str, process: str) -> None:
        """Stop waiting for a process, which will not write any more."""
        with self._database.write() as connection:
            connection.execute(
                delete(WRITER).where(WRITER.c.class_id == class_id, WRITER.c.process == process)
            )

    def sweep(self, before: float) -> int:
        """Delete undecided seconds of classes that no process has served since `before`.

        Args:
            before: in seconds since 1970.

        Returns:
            How many were deleted.
        """
        alive = select(WRITER.c.class_id).where(WRITER.c.beat >= before)
        with self._database.write() as connection:
            return connection.execute(
                delete(UNDECIDED).where(UNDECIDED.c.class_id.not_in(alive))
            ).rowcount

    def _write(
        self,
        connection: Connection,
        class_id: str,
        batch: Batch,
        gate: Gate,
        gate_of: Callable[[int, bool, int], Gate],
    ) -> Gate:
        """Write a batch, unless it has been written; returns the gate that decides from now on."""
        query = select(WRITER.c.batch, WRITER.c.until).where(
            WRITER.c.class_id == class_id, WRITER.c.process == batch.process
        )
        number, until = connection.execute(query).first() or (0, -1)
        if number >= batch.number:
            return gate
        rows = batch.rows
        if batch.state is not None:
            # It replaces a batch of which nobody knows whether it was written.
            rows = [row for row in rows if row.second > until]
            # Up to here the history has what this process wrote, as the database let it through.
            there = min(gate.decided, until)
            shown = (row.after(there) for row in batch.shown)
            _keep(connection, class_id, [row for row in shown if row is not None])
            if batch.state[0] > gate.decided:
                gate = gate_of(*batch.state)
        on_time = [_values(class_id, row) for row in rows if row.second > gate.decided]
        late = [row for row in rows if row.second <= gate.decided]
        if on_time:
            connection.execute(_adding(self._database.is_sqlite), on_time)
        _keep(connection, class_id, gate.late(late))
        return gate

    def _decide(self, connection: Connection, class_id: str, gate: Gate, until: int) -> None:
        rows = [second(row) for row in _rows(connection, UNDECIDED, class_id)]
        _keep(connection, class_id, gate.take(rows, until))
        connection.execute(
            delete(UNDECIDED).where(
                UNDECIDED.c.class_id == class_id, UNDECIDED.c.second <= gate.decided
            )
        )
        state = {"decided": gate.decided, "settled": gate.settled, "sources": gate.sources}
        connection.execute(update(CLASS).where(CLASS.c.id == class_id).values(**state))


@cache
def _adding(is_sqlite: bool) -> Insert:
    """Returns the statement that adds sums to a second, for SQLite or PostgreSQL."""
    new = (sqlite if is_sqlite else postgresql).insert(UNDECIDED)
    added = {name: UNDECIDED.c[name] + new.excluded[name] for name in SUM_COLUMNS}
    for name in CONTEMPT_COLUMNS:  # a sum with NULL is NULL
        there, more = UNDECIDED.c[name], new.excluded[name]
        added[name] = func.coalesce(there + more, there, more)
    return new.on_conflict_do_update(index_elements=["class_id", "second"], set_=added)


def _heard(connection: Connection, class_id: str, batch: Batch, now: float) -> tuple[int, int]:
    """Note that a process is alive; returns the last complete second and the students elsewhere."""
    mine: dict[str, Any] = {"beat": now, "back": now, "away": now}
    others = []
    for row in connection.execute(select(WRITER).where(WRITER.c.class_id == class_id)):
        if row.process != batch.process:
            others.append(row)
        elif now - row.beat > PATIENCE_S / 2:
            mine["away"] = row.beat
        else:
            mine |= {"back": row.back, "away": row.away}
    connection.execute(
        delete(WRITER).where(WRITER.c.class_id == class_id, WRITER.c.process == batch.process)
    )
    connection.execute(
        insert(WRITER).values(
            class_id=class_id,
            process=batch.process,
            batch=batch.number,
            until=batch.until,
            present=batch.present,
            **mine,
        )
    )
    awaited = [
        row
        for row in others
        if now - row.beat <= PATIENCE_S
        # The same outage hit both, and the other process is about to come back as well.
        or (now - mine["back"] <= PATIENCE_S and mine["away"] - row.beat <= PATIENCE_S)
    ]
    complete = min([batch.until, *(row.until for row in awaited)])
    return complete, sum(row.present for row in awaited)


def _rows(connection: Connection, table, class_id: str, *conditions) -> Sequence[Row]:
    order = table.c.serial if table is HISTORY else table.c.second
    query = select(table).where(table.c.class_id == class_id, *conditions).order_by(order)
    return connection.execute(query).all()


def _keep(connection: Connection, class_id: str, rows: Sequence[ClassSecond]) -> None:
    if rows:
        values = [{**_values(class_id, row), "length": row.length} for row in rows]
        connection.execute(insert(HISTORY), values)


def _values(class_id: str, row: ClassSecond) -> dict[str, Any]:
    return {
        "class_id": class_id,
        "second": row.second,
        "present": row.present,
        "sharing": row.sharing,
        "moved": row.moved,
        "sources": row.sources,
        **dict(zip(_ALL_MOODS, to_row(row.mood)[1:], strict=True)),
        **dict(zip(PRESS_COLUMNS, row.pressed.tolist(), strict=True)),
    }


def second(row: Row) -> ClassSecond:
    """Returns a row of `history` or `undecided` as a second."""
    values = row._mapping
    return ClassSecond(
        second=row.second,
        length=values.get("length", 1),
        present=row.present,
        sharing=row.sharing,
        moved=row.moved,
        sources=row.sources,
        mood=from_row([0.0, *(values[name] for name in _ALL_MOODS)]),
        pressed=np.array([values[name] for name in PRESS_COLUMNS]),
    )
