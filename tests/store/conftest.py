import sqlite3
from contextlib import closing, contextmanager

import pytest

from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database, as DATABASE_URL has it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/classes.db"
    return request.getfixturevalue("postgres").database()


@pytest.fixture
def outage(url, request, monkeypatch):
    """A context manager; meanwhile the database cannot be written.

    The server of PostgreSQL is stopped. The file of SQLite is locked by somebody else, for which
    this process waits only a moment.
    """
    if url.startswith("sqlite"):
        monkeypatch.setattr("fer.store.database.PATIENCE_S", 0.02)

        @contextmanager
        def locked():
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield

        return locked
    server = request.getfixturevalue("postgres")

    @contextmanager
    def stopped():
        server.stop()
        try:
            yield
        finally:
            server.start()

    return stopped


@pytest.fixture
def database(url):
    database = Database(database_url(Settings(database=url)))
    yield database
    database.close()


@pytest.fixture
def store(database):
    return Store(database)
