import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from fer.checks.check import Outcome
from fer.checks.database import check_database
from fer.settings import Settings
from fer.store.database import Database


def test_a_new_file_is_made_by_the_app_and_not_by_the_check(tmp_path):
    settings = Settings(results=tmp_path)
    assert check_database(settings, {}).outcome == Outcome.GOOD
    assert list(tmp_path.iterdir()) == []
    heroku = check_database(settings, {"DYNO": "web.1"})
    assert heroku.outcome == Outcome.WARNING
    assert "PostgreSQL" in heroku.remedy


def test_a_database_in_use_is_good(url):
    settings = Settings(database=url)
    Database(url.replace("postgres://", "postgresql+psycopg://")).close()
    check = check_database(settings, {"DYNO": "web.1"} if "postgres" in url else {})
    assert check.outcome == Outcome.GOOD
    assert "pass-word-of-test" not in check.finding


def test_a_database_that_cannot_be_used_is_named():
    away = check_database(Settings(database="postgres://u:secret@127.0.0.1:1/x"), {})
    assert away.outcome == Outcome.BAD
    assert "secret" not in away.finding
    assert check_database(Settings(database="mysql://x/y"), {}).outcome == Outcome.BAD


@pytest.mark.parametrize(
    ("statement", "outcome", "finding", "to_do"),
    [
        ("UPDATE alembic_version SET version_num = '0002'", "warning", "0002", "db upgrade"),
        ("UPDATE alembic_version SET version_num = '9999'", "problem", "9999", "that version"),
        ("DROP TABLE mark", "problem", "table mark is missing", "backup"),
        ("DROP TABLE ticket", "problem", "table ticket is missing", "backup"),
        ("DROP TABLE alembic_version", "problem", "which version", "backup"),
    ],
)
def test_only_what_the_app_mends_when_it_starts_is_a_warning(
    database, url, statement, outcome, finding, to_do
):
    with database.write() as connection:
        connection.execute(text(statement))
    check = check_database(Settings(database=url), {})
    assert check.outcome == outcome
    assert finding in check.finding
    assert to_do in check.remedy
    if outcome == "problem":
        assert "db upgrade" not in check.finding + check.remedy


def test_an_empty_database_is_filled_when_the_app_starts(url, tmp_path):
    (tmp_path / "classes.db").touch()
    check = check_database(Settings(database=url), {})
    assert check.outcome == Outcome.WARNING
    assert "no tables" in check.finding


def test_rows_of_no_class_are_named_once(tmp_path):
    Database(url := f"sqlite:///{tmp_path}/classes.db").close()
    with closing(sqlite3.connect(tmp_path / "classes.db")) as connection:
        for t in range(3):
            connection.execute("INSERT INTO mark (class_id, t, text) VALUES ('gone', ?, '')", (t,))
        connection.commit()
    check = check_database(Settings(database=url), {})
    assert check.outcome == Outcome.BAD
    assert check.finding.endswith(": Rows of the table mark belong to no class.")


def test_a_file_that_is_no_database_is_a_problem(tmp_path):
    (tmp_path / "classes.db").write_bytes(b"not a database" * 100)
    check = check_database(Settings(results=tmp_path), {})
    assert check.outcome == Outcome.BAD
    assert "file is not a database" in check.finding
    assert "backup" in check.remedy


def test_a_new_file_where_nothing_can_be_written_is_a_problem(tmp_path):
    (tmp_path / "results").touch()
    for folder in (Path("/proc/nowhere"), tmp_path / "results" / "below"):
        check = check_database(Settings(results=folder), {})
        assert check.outcome == Outcome.BAD
        assert str(folder.parent) in check.finding
        assert "FER_RESULTS" in check.remedy
