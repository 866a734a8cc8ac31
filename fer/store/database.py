"""The database: how to reach it, its transactions, its migrations, and whether it is intact."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, exc, func, select
from sqlalchemy.engine import URL, make_url

from fer.errors import SettingsError, StoreError, StoreFault
from fer.settings import Settings
from fer.store.condition import Fault, faults
from fer.store.migration import bring_up_to_date

POOL = 5
"""Connections to PostgreSQL that a process keeps open; for a moment it may open as many again."""

PATIENCE_S = 5
"""Longest wait in seconds for a connection, for a place in the pool and for a lock."""

STATEMENT_S = 30
"""Longest time in seconds that PostgreSQL may take for one statement."""

_LOCK = 0x666572
"""Number of the lock that only one process can hold, the one that migrates."""


def database_url(settings: Settings) -> URL:
    """Returns the address of the database that the settings name.

    Raises:
        SettingsError: it is no address, or of neither SQLite nor PostgreSQL.
    """
    if not settings.database:
        return URL.create("sqlite", database=str(settings.results / "classes.db"))
    try:
        url = make_url(settings.database)
    except (exc.ArgumentError, ValueError):  # which may quote a part of the password
        raise SettingsError(
            "DATABASE_URL is not the address of a database. In a password, write @ as %40."
        ) from None
    name = url.get_backend_name()
    if name in ("postgres", "postgresql"):  # Heroku writes it the short way
        return url.set(drivername="postgresql+psycopg")
    if name == "sqlite":
        if url.host:
            raise SettingsError("DATABASE_URL needs three slashes before a path: sqlite:///PATH.")
        return url
    raise SettingsError(f"DATABASE_URL must name a PostgreSQL or SQLite database, not {name}.")


class Database:
    """A database with up-to-date tables."""

    def __init__(self, url: URL | str, *, upgrade: bool = True) -> None:
        """Args:
        url: the address, as `database_url` returns it.
        upgrade: whether to make or change the tables if they are missing or old.

        Raises:
            StoreError: the database cannot be reached, or its file cannot be made.
        """
        self.url = make_url(url)
        if self.is_sqlite and self.url.database not in (None, "", ":memory:"):
            _make_file(Path(str(self.url.database)))
        self.engine = _engine(self.url)
        if upgrade:
            self.upgrade()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, a file on this machine."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads.

        Raises:
            StoreError: the database cannot be reached.
        """
        with _sorry(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is written completely or not at all.

        Raises:
            StoreError: the database cannot be reached. It is then unknown whether it was written.
        """
        with _sorry(), self.engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def ping(self) -> float:
        """Returns how long the shortest query takes, in s, with the way there and back.

        Raises:
            StoreError: the database cannot be reached.
        """
        began = time.perf_counter()
        with self.read() as connection:
            connection.execute(select(1))
        return time.perf_counter() - began

    def upgrade(self) -> None:
        """Bring the tables up to date. If several processes do so at once, all but one wait.

        Raises:
            StoreError: the database cannot be reached, or a newer version of this app has used it.
        """
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            bring_up_to_date(connection)

    def check(self) -> list[Fault]:
        """Returns what is wrong with the database; an empty list if nothing is.

        Raises:
            StoreError: the database cannot be reached, or is no database.
        """
        with self.read() as connection:
            return faults(connection)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _make_file(path: Path) -> None:
    """Make a file that only this account may read, if it is not there yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise StoreFault(
            f"The file {path} of the database cannot be made or written: "
            f"{error.strerror or error}. Give the app's account the right to write there."
        ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        # The pool is small, as databases take few connections: Heroku's smallest takes 20.
        engine = create_engine(
            url,
            pool_size=POOL,
            max_overflow=POOL,
            pool_timeout=PATIENCE_S,
            pool_pre_ping=True,
            pool_recycle=300,
            hide_parameters=True,  # of errors, which a log may keep
            connect_args={
                "connect_timeout": PATIENCE_S,
                # This also notices a network that swallows all packets.
                "keepalives_idle": PATIENCE_S,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": 2000 * PATIENCE_S,
                "options": f"-c lock_timeout={PATIENCE_S}s "
                f"-c statement_timeout={STATEMENT_S}s "
                f"-c idle_in_transaction_session_timeout={STATEMENT_S}s",
            },
        )

        @event.listens_for(engine, "do_connect")
        def connect(_dialect, _record, args, options):
            # Loaded only where it is needed.
            from fer.store.connection import Connection as Patient

            return Patient.connect(*args, **options)

        return engine
    engine = create_engine(url, connect_args={"timeout": PATIENCE_S}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection, _record) -> None:
        # Otherwise the driver begins transactions by itself, too late to get a lock.
        connection.isolation_level = None
        cursor = connection.cursor()
        use_write_ahead_log(cursor)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # Deleted rows are overwritten in the file.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """Use SQLite's write-ahead log.

    With it, readers and the writer do not wait for each other, and nothing written is lost when a
    process is killed. The first process changes the file. SQLite does not wait for that: when
    several processes start at once, the others get an error that the file is locked, so they try
    again here.

    Raises:
        sqlite3.OperationalError: it stays locked for `PATIENCE_S`.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def _sorry() -> Iterator[None]:
    """Turn every error of the driver into a `StoreError`.

    Raises:
        StoreFault: the database answers, but cannot do what it was asked.
        StoreError: the database cannot be reached.
    """
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
        raise StoreError(
            "The database cannot be reached right now. What is measured is kept in memory and "
            f"written later. ({_reason(error)})"
        ) from error
    except exc.DBAPIError as error:
        raise StoreFault(f"The database cannot be used. ({_reason(error)})") from error


def _reason(error: exc.SQLAlchemyError) -> str:
    """Returns the first line of what the driver says; it may hold the address, not the password."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
