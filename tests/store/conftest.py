import pytest

from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.store.postgres import Postgres, missing


@pytest.fixture(scope="session")
def postgres():
    if (reason := missing()) is not None:
        pytest.skip(reason)
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database, as DATABASE_URL has it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/classes.db"
    return request.getfixturevalue("postgres").database()


@pytest.fixture
def database(url):
    database = Database(database_url(Settings(database=url)))
    yield database
    database.close()


@pytest.fixture
def store(database):
    return Store(database)
