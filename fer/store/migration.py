"""The version of the tables, and how they come to the newest one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from fer.errors import StoreFault
from fer.store.schema import METADATA

_FOLDER = Path(__file__).parent / "migrations"

NEWER = "A newer version of this app has used the database."
NEWER_REMEDY = "Start that version, or restore a backup that was made before the update."

_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's note of the version."""


def versions() -> list[str]:
    """Returns the revisions of all migrations, the oldest first; their files begin with them."""
    return sorted(path.name.split("_")[0] for path in (_FOLDER / "versions").glob("*.py"))


def newest_version() -> str:
    """Returns the revision of the newest migration."""
    return versions()[-1]


def version(connection: Connection) -> str | None:
    """Returns the version of a database's tables, or None if none is written down."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar()


def bring_up_to_date(connection: Connection) -> None:
    """Make the tables in a new database, or change those of an older version.

    Raises:
        StoreFault: a newer version of this app has used the database.
    """
    if inspect(connection).get_table_names() == []:
        METADATA.create_all(connection)
        _VERSION.create(connection)
        connection.execute(_VERSION.insert().values(version_num=newest_version()))
    elif version(connection) != newest_version():
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Run the migrations that a database has not seen yet.

    Raises:
        StoreFault: a newer version of this app has used the database.
    """
    # Alembic takes 9 MB and 0.2 s, so that it is loaded only where it has something to do.
    from alembic import command
    from alembic.config import Config

    if version(connection) not in {None, *versions()}:
        raise StoreFault(f"{NEWER} {NEWER_REMEDY}")
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER))
    command.upgrade(config, "head")
