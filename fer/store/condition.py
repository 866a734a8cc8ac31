"""What is wrong with a database, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

from fer.store.migration import NEWER, NEWER_REMEDY, newest_version, version, versions
from fer.store.schema import METADATA

_UPGRADE = "The app makes or changes them when it starts, and so does `python -m fer db upgrade`."
RESTORE = (
    "Move the file away or name a new database in DATABASE_URL, and restore a backup into it with "
    "`python -m fer db restore FILE`."
)
"""What to do about a database that cannot be mended, as a sentence."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a database.

    Attributes:
        finding: what it is, as a sentence.
        remedy: what to do, as a sentence.
        mended_at_start: whether the app mends it by itself when it starts.
    """

    finding: str
    remedy: str
    mended_at_start: bool = False


def faults(connection: Connection) -> list[Fault]:
    """Returns all that is wrong with a database; an empty list if nothing is."""
    current, newest = version(connection), newest_version()
    there = set(inspect(connection).get_table_names())
    if current == newest:
        return [Fault(finding, RESTORE) for finding in _damage(connection, there)]
    if current in versions():
        finding = f"The tables have version {current}, but this app needs version {newest}."
        return [Fault(finding, _UPGRADE, mended_at_start=True)]
    if current is not None:
        finding = f"{NEWER} Its tables have version {current}, and this app needs {newest}."
        return [Fault(finding, NEWER_REMEDY)]
    if there.isdisjoint(METADATA.tables):
        return [Fault("There are no tables for classes yet.", _UPGRADE, mended_at_start=True)]
    return [Fault("The database does not say which version its tables have.", RESTORE)]


def _damage(connection: Connection, there: set[str]) -> list[str]:
    missing = [name for name in METADATA.tables if name not in there]
    if missing:
        return [f"The table {name} is missing." for name in missing]
    if connection.dialect.name != "sqlite":
        return []
    lines = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    wrong = [f"SQLite says: {line}." for line in lines if line != "ok"]
    lost = {row[0] for row in connection.execute(text("PRAGMA foreign_key_check"))}
    return wrong + [f"Rows of the table {name} belong to no class." for name in sorted(lost)]
