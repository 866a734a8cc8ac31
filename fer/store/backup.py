"""A backup of all classes in one file, which can be restored into SQLite and PostgreSQL.

The file is compressed JSON lines: first a line that says what it is, then for each table a line
with its columns and one line, a list, for each row. Tickets and undecided seconds are left out,
because they are about single students and end with a class.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, delete, exc, func, insert, select, text

from fer.errors import StoreError
from fer.files import writing_whole
from fer.store.classes import ERASED_AT_ONCE
from fer.store.database import Database
from fer.store.schema import CLASS, KEPT

FORMAT = "fer classes 1"
_ROWS = 500
"""Rows that are held in memory at once."""

_PIECE = 1 << 20
"""Bytes that are unpacked at once while the checksum is computed."""

_NO_BACKUP = "{path} is not a complete backup of classes."


def backup(database: Database, path: Path) -> int:
    """Write all classes to a file that only this account may read.

    Returns:
        How many classes the backup has.

    Raises:
        OSError: the file cannot be written.
        StoreError: the database cannot be reached.
    """
    with (
        database.read() as connection,
        writing_whole(path, private=True) as file,
        gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed,
    ):
        # While classes go on, this reads all tables as they are at one moment.
        if not database.is_sqlite:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

        def write(value: Any) -> None:
            packed.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")

        revision = MigrationContext.configure(connection).get_current_revision()
        write({"format": FORMAT, "revision": revision})
        counts = {}
        for table in KEPT:
            names = [column.name for column in table.columns]
            write({"table": table.name, "columns": names})
            counts[table.name] = 0
            rows = connection.execution_options(yield_per=_ROWS).execute(select(table))
            for row in rows:
                write(list(row))
                counts[table.name] += 1
        write({"rows": counts})
    return counts["class"]


def restore(database: Database, path: Path, *, replace: bool = False) -> int:
    """Read a backup into a database, either completely or not at all.

    Args:
        database: the database to fill.
        path: a file that `backup` wrote.
        replace: delete the classes that are there; without it there must be none.

    Returns:
        How many classes were read.

    Raises:
        OSError: the file cannot be read.
        StoreError: the file is not a complete backup or was made by another version, the database
            has classes already, or it cannot be reached.
    """
    _check(path)
    lines = _lines(path)
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise StoreError(_NO_BACKUP.format(path=path))
    with database.write() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if head.get("revision") != revision:
            raise StoreError(
                f"The tables of the backup have version {head.get('revision')}, those of the "
                f"database {revision}. Restore it with the version of the app that made it, and "
                "upgrade then."
            )
        there = connection.execute(select(func.count()).select_from(KEPT[0])).scalar()
        if there and not replace:
            raise StoreError(
                f"The database holds {there} classes already. Add --replace to delete them first."
            )
        _delete_all(connection)
        counts = _fill(connection, lines, path)
        if not database.is_sqlite:
            _go_on_counting(connection)
    return counts[KEPT[0].name]


def _delete_all(connection: Connection) -> None:
    """Delete all classes, a few at a time: PostgreSQL gives up a statement that takes too long."""
    some = select(CLASS.c.id).limit(ERASED_AT_ONCE)
    while ids := connection.execute(some).scalars().all():
        connection.execute(delete(CLASS).where(CLASS.c.id.in_(ids)))


def _fill(connection: Connection, lines: Iterator[Any], path: Path) -> dict[str, int]:
    tables = {table.name: table for table in KEPT}
    counts = dict.fromkeys(tables, 0)
    table: Table | None = None
    names: list[str] = []
    waiting: list[dict[str, Any]] = []

    def flush() -> None:
        if table is not None and waiting:
            connection.execute(insert(table), waiting)
            counts[table.name] += len(waiting)
            waiting.clear()

    try:
        for line in lines:
            if isinstance(line, list) and table is not None and len(line) == len(names):
                waiting.append(dict(zip(names, line, strict=True)))
                if len(waiting) >= _ROWS:
                    flush()
            elif isinstance(line, dict) and "table" in line:
                flush()
                table, names = tables[line["table"]], line["columns"]
                if sorted(names) != sorted(column.name for column in table.columns):
                    break
            elif isinstance(line, dict) and "rows" in line:
                flush()
                if line["rows"] == counts and next(lines, None) is None:
                    return counts
                break
            else:
                break
    except (exc.OperationalError, exc.InternalError):  # these are about the database
        raise
    except (exc.StatementError, KeyError, TypeError, OverflowError) as error:
        raise StoreError(_NO_BACKUP.format(path=path)) from error
    raise StoreError(_NO_BACKUP.format(path=path))


def _check(path: Path) -> None:
    """Compute the checksum of the whole file before any of it is used: it stands at the end.

    Raises:
        OSError: the file cannot be read.
        StoreError: it is damaged.
    """
    try:
        with gzip.open(path) as file:
            while file.read(_PIECE):
                pass
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise StoreError(_NO_BACKUP.format(path=path)) from error


def _lines(path: Path) -> Iterator[Any]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except (ValueError, RecursionError) as error:  # also what is no UTF-8
        raise StoreError(_NO_BACKUP.format(path=path)) from error


def _go_on_counting(connection: Connection) -> None:
    """Make PostgreSQL number new rows after those of the backup, which brought their numbers."""
    for table in KEPT:
        if "serial" in table.c:
            name = table.name
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'serial'), "
                    f'coalesce(max(serial), 1), max(serial) IS NOT NULL) FROM "{name}"'
                )
            )
