import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from fer.__main__ import main
from fer.errors import SettingsError, StoreError, StoreFault
from fer.mood.prevalence import Prevalence
from fer.settings import ROOT, Settings
from fer.store.connection import Connection
from fer.store.database import POOL, STATEMENT_S, Database, database_url, use_write_ahead_log
from fer.store.migration import migrate
from fer.store.schema import METADATA
from fer.store.store import Store


def test_the_migrations_make_the_tables_that_the_code_expects(url):
    database = Database(database_url(Settings(database=url)), upgrade=False)
    with database.write() as connection:
        migrate(connection)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    assert database.check() == []
    database.close()


def test_a_new_database_has_the_tables_that_the_code_expects(database):
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        # Alembic reads the version that was written without it.
        head = ScriptDirectory(str(ROOT / "fer" / "store" / "migrations")).get_current_head()
        assert MigrationContext.configure(connection).get_current_revision() == head
    assert database.check() == []


def test_seconds_of_a_database_from_before_contempt_are_read_as_they_were(url):
    database = Database(database_url(Settings(database=url)), upgrade=False)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "fer" / "store" / "migrations"))
    columns = ["class_id", "second", "length", "present", "sharing", "moved", "sources"]
    columns += [*(f"mood_{n:03d}" for n in range(1, 102)), *(f"pressed_{n}" for n in range(7))]
    values = ["'c1'", "3", "1", "6", "6", "0", "1", *(f"{n}.5" for n in range(1, 102)), *["0"] * 7]
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(
            text(
                "INSERT INTO class (id, code, title, owner, mode, k, individual, opened,"
                " invitation, decided, settled, sources) VALUES"
                " ('c1', 'Q46TRR3', 'Physics', '', 'camera', 5, false, 1000000.0, '', 3, false, 1)"
            )
        )
        connection.execute(
            text(f"INSERT INTO history ({', '.join(columns)}) VALUES ({', '.join(values)})")
        )
    database.upgrade()
    assert database.check() == []
    history = Store(database).history
    (row,) = history.seconds("c1")
    assert row.mood.tolist() == [0.0, *(n + 0.5 for n in range(1, 102))]
    ((_, total),) = history.parts("c1", 10.0, 1).values()
    assert total.tolist() == row.mood.tolist()
    # How the network of then reads each emotion is not known, so that of today is taken.
    today = Prevalence.fit(np.eye(7), np.arange(7))
    assert Store(database).classes.prevalence("c1", today) is today
    database.close()


def test_upgrading_twice_changes_nothing(database):
    database.upgrade()
    assert database.check() == []


def test_two_processes_upgrade_at_once(url):
    """They both start with an empty database, like the copies of a new deployment."""
    code = (
        "from fer.settings import Settings; from fer.store.database import Database, database_url;"
        f"url = database_url(Settings(database={url!r})); input('ready\\n');"
        "print(Database(url).check())"
    )
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, text=True, **pipes)
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * 2
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[0].strip() for process in started] == ["[]"] * 2


def test_a_database_of_a_newer_version_is_left_alone(database):
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        database.upgrade()
    (fault,) = database.check()
    assert "9999" in fault.finding
    assert not fault.mended_at_start


def test_a_missing_table_is_noticed(database):
    with database.write() as connection:
        connection.execute(text("DROP TABLE mark"))
    assert [fault.finding for fault in database.check()] == ["The table mark is missing."]


def test_a_transaction_that_fails_writes_nothing(database):
    def half_done():
        with database.write() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert database.check() == []


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("postgres://u:secret@host:5432/name", "postgresql+psycopg"),
        ("postgresql://u:secret@host/name?sslmode=require", "postgresql+psycopg"),
        ("sqlite:////tmp/x.db", "sqlite"),
    ],
)
def test_addresses_of_databases(given, driver):
    settings = Settings(database=given)
    assert database_url(settings).drivername == driver
    assert given not in repr(settings)
    assert "secret" not in repr(settings) + repr(database_url(settings))


def test_without_an_address_the_results_folder_holds_a_file(tmp_path):
    database = Database(database_url(Settings(results=tmp_path / "results")))
    with database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    file = tmp_path / "results" / "classes.db"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "given",
    [
        "mysql://host/name",
        "nonsense",
        "http://x/y",
        "postgresql://host:port/name",
        "postgresql://user:se@cret:sec@host/name",
        "sqlite://folder/classes.db",
    ],
)
def test_other_databases_are_refused(given):
    with pytest.raises(SettingsError, match="DATABASE_URL") as refused:
        database_url(Settings(database=given))
    assert "sec" not in str(refused.value)


def test_the_error_about_a_database_out_of_reach_hides_the_password(postgres):
    url = postgres.database().replace(str(postgres.port), "1")
    with pytest.raises(StoreError) as raised:
        Database(database_url(Settings(database=url)))
    assert "pass-word-of-test" not in str(raised.value)


def test_the_pool_has_a_limit(postgres):
    database = Database(database_url(Settings(database=postgres.database())))
    held = [database.engine.connect() for _ in range(2 * POOL)]
    with pytest.raises(StoreError, match="QueuePool limit"), database.read():
        pass
    for connection in held:
        connection.close()
    database.close()


def test_a_server_that_stands_still_is_given_up(postgres, monkeypatch):
    """Whoever asked for something waited for as long as the server stood still."""
    assert Connection.ANSWER_S > STATEMENT_S
    monkeypatch.setattr(Connection, "ANSWER_S", 0.5)
    database = Database(database_url(Settings(database=postgres.database())))
    with ThreadPoolExecutor() as threads, database.read() as connection:
        postgres.pause()
        try:
            asked = threads.submit(connection.execute, text("SELECT 1"))
            with pytest.raises(OperationalError, match="the server does not answer"):
                asked.result(30)
            with pytest.raises(StoreError):  # nor is a new one made
                threads.submit(database.ping).result(30)
        finally:
            postgres.go_on()
    assert database.ping() > 0
    database.close()


def test_a_server_that_answers_one_of_many_statements_after_another_is_not_given_up(
    postgres, monkeypatch
):
    """What had waited during an outage of hours would have been written again and again."""
    monkeypatch.setattr(Connection, "ANSWER_S", 0.6)
    database = Database(database_url(Settings(database=postgres.database())))
    # PostgreSQL sends its answers when they fill 8 kB, as those to some hundred rows do.
    slow = text("SELECT pg_sleep(:seconds), repeat('x', 9000)")
    with database.read() as connection:
        connection.execute(slow, [{"seconds": 0.3}] * 4)
    database.close()


def test_a_new_file_that_another_process_changes_is_waited_for(tmp_path, monkeypatch):
    """SQLite does not wait itself before it changes a file to its write-ahead log."""
    path, waited = tmp_path / "classes.db", []
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def wait(seconds):
            other.execute("COMMIT")
            waited.append(seconds)

        clock = SimpleNamespace(monotonic=time.monotonic, sleep=wait)
        monkeypatch.setattr("fer.store.database.time", clock)
        with closing(sqlite3.connect(path)) as connection:
            use_write_ahead_log(connection.cursor())
        assert other.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert len(waited) == 1


def test_every_error_of_the_database_is_one_that_the_app_knows(database):
    with pytest.raises(StoreError, match="nowhere"), database.read() as reading:
        reading.execute(text("SELECT number FROM nowhere"))
    with pytest.raises(StoreFault, match=r"cannot be used.*code"), database.write() as writing:
        writing.execute(text("INSERT INTO class (id) VALUES ('c1')"))


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_that_cannot_be_used_is_named(tmp_path, content):
    """One is no database, and the other stands where a folder is needed."""
    file = tmp_path / "taken"
    file.write_bytes(content)
    path = file if content else file / "classes.db"
    with pytest.raises(StoreFault, match=r"file is not a database|classes\.db of the database"):
        Database(f"sqlite:///{path}")


def test_the_commands_name_a_file_that_cannot_be_used(tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").write_bytes(b"not a database" * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/taken")
    for words in (["db", "check"], ["db", "upgrade"], ["class", "list"]):
        assert main(words) == 1
        assert capsys.readouterr().err == (
            "error: The database cannot be used. (file is not a database)\n"
        )
