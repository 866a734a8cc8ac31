import gzip
import json
import time

import pytest
from sqlalchemy import text

from fer.__main__ import main
from fer.errors import StoreError
from fer.jobs.turn import Turn
from fer.settings import Settings
from fer.store.backup import backup, restore
from fer.store.classes import ERASED_AT_ONCE
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.classroom.school import School

SLOW = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.03); RETURN OLD; END';
CREATE TRIGGER slow BEFORE DELETE ON class FOR EACH ROW EXECUTE FUNCTION wait();
"""
"""Makes PostgreSQL take 0.03 s to delete a class."""


@pytest.fixture
def taught(database):
    """A database with a class that is over and a class that goes on."""
    school = School(database.url)
    first = school.open(k=3)
    for n in range(4):
        school.join(n, "happy")
    first.mark("a mark")
    school.run(30)
    school.rooms.close(first.id)
    school.students.clear()
    school.open(k=3)
    school.join("ann")
    school.run(5)
    return first


def read(store, class_id):
    rows = [(row.second, row.length, row.mood.tolist()) for row in store.history.seconds(class_id)]
    return rows, store.journal.marks(class_id), store.journal.alerts(class_id)


def test_a_backup_moves_to_either_database(taught, store, database, postgres, tmp_path):
    file = tmp_path / "classes.gz"
    assert backup(database, file) == 2
    assert file.stat().st_mode & 0o077 == 0
    before = read(store, taught.id)
    assert before[0]
    for url in (f"sqlite:///{tmp_path}/other.db", postgres.database()):
        other = Database(url.replace("postgres://", "postgresql+psycopg://"))
        assert restore(other, file) == 2
        assert read(Store(other), taught.id)[0] == before[0]
        assert read(Store(other), taught.id) == before
        assert Store(other).classes.all() == store.classes.all()
        with pytest.raises(StoreError, match="--replace"):
            restore(other, file)
        assert restore(other, file, replace=True) == 2
        # New rows get numbers after those of the restored rows.
        school = School(other.url)
        school.open(k=3)
        for n in range(3):
            school.join(n, "sad")
        school.run(20)
        other.close()


def test_more_classes_are_replaced_than_one_statement_may_delete(postgres, tmp_path, monkeypatch):
    """It took more than 30 s for those of a year, and was refused as no connection."""
    monkeypatch.setattr("fer.store.database.STATEMENT_S", 1)
    database = Database(database_url(Settings(database=postgres.database())))
    school = School(database.url)
    for _ in range(2 * ERASED_AT_ONCE):
        school.open()
    file = tmp_path / "classes.gz"
    assert backup(database, file) == 2 * ERASED_AT_ONCE
    with database.write() as connection:
        connection.execute(text(SLOW))
    assert restore(database, file, replace=True) == 2 * ERASED_AT_ONCE
    database.close()


def test_a_backup_holds_no_tickets_and_nothing_undecided(taught, database, tmp_path):
    file = tmp_path / "classes.gz"
    backup(database, file)
    content = gzip.decompress(file.read_bytes()).decode()
    assert '"ticket"' not in content
    assert '"undecided"' not in content
    assert '"history"' in content


def test_a_damaged_backup_changes_nothing(taught, store, database, tmp_path):
    file = tmp_path / "classes.gz"
    backup(database, file)
    content = gzip.decompress(file.read_bytes())
    before = read(store, taught.id)
    damaged = {
        "cut": gzip.compress(content[: len(content) // 2]),
        "short": gzip.compress(b"\n".join(content.splitlines()[:-2])),
        "torn": file.read_bytes()[:-40],
        "empty": b"",
        "other": b"PK\x03\x04",
        "foreign": gzip.compress(b'{"format": "else"}\n'),
        "older": gzip.compress(content.replace(b'"0004"', b'"0003"', 1)),
    }
    for name, data in damaged.items():
        file.write_bytes(data)
        with pytest.raises(StoreError):
            restore(database, file, replace=True)
        assert read(store, taught.id) == before, name


def test_a_flipped_bit_changes_nothing(taught, database, tmp_path):
    """Every byte in turn; only a few of them, in the head of the file, have no meaning."""
    whole, damaged = tmp_path / "whole.gz", tmp_path / "damaged.gz"
    backup(database, whole)
    before = whole.read_bytes()
    accepted, refusals = 0, set()
    for place in range(len(before)):
        data = bytearray(before)
        data[place] ^= 1 << place % 8
        damaged.write_bytes(data)
        try:
            restore(database, damaged, replace=True)
        except StoreError as error:
            refusals.add(str(error))
        else:
            accepted += 1
            backup(database, damaged)
            assert damaged.read_bytes() == before
    assert accepted < 10
    assert refusals == {f"{damaged} is not a complete backup of classes."}
    backup(database, damaged)
    assert damaged.read_bytes() == before


def edited(content, place, **changes):
    """Lines of JSON with other entries in one of them, which is a list or a dictionary."""
    lines = [json.loads(line) for line in content.splitlines()]
    if isinstance(lines[place], dict):
        lines[place] |= changes
    else:
        lines[place][int(changes["at"])] = changes["value"]
    return b"\n".join(json.dumps(line).encode() for line in lines)


def test_what_only_looks_like_a_backup_changes_nothing(taught, database, tmp_path):
    """Their checksums are right, so somebody has made them."""
    file, whole = tmp_path / "classes.gz", tmp_path / "whole.gz"
    backup(database, whole)
    content = gzip.decompress(whole.read_bytes())
    made = {
        "no table": edited(content, 1, table=["class"]),
        "no columns": edited(content, 1, columns=None),
        "a column twice": edited(content, 1, columns=["id"] * 15),
        "no text": edited(content, 2, at=2, value={"a": 1}),
        "no number": edited(content, 2, at=7, value="soon"),
        "a number too large": edited(content, 2, at=5, value=1 << 80),
        "no value": edited(content, 2, at=1, value=None),
        "more after its end": content + b"\n[]\n",
        "no JSON after its end": content + b"\nelse\n",
        "no end": b"[" * 100_000,
    }
    for name, data in made.items():
        file.write_bytes(gzip.compress(data))
        with pytest.raises(StoreError, match="not a complete backup"):
            restore(database, file, replace=True)
        backup(database, file)
        assert file.read_bytes() == whole.read_bytes(), name


def test_the_commands(taught, store, url, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("FER_RESULTS", str(tmp_path / "results"))
    file = tmp_path / "classes.gz"
    assert main(["db", "upgrade"]) == 0
    assert main(["db", "check"]) == 0
    assert main(["class", "list"]) == 0
    listed = capsys.readouterr().out
    assert "pass-word-of-test" not in listed
    assert f"{taught.id}  1970-01-12" in listed
    assert main(["db", "backup", str(file)]) == 0
    store.classes.rename(taught.id, "Physics 9/10")
    assert main(["class", "export", taught.id, "--out", str(tmp_path / "out")]) == 0
    assert f"{taught.id}: Physics 9/10, report in " in capsys.readouterr().out
    assert (tmp_path / "out" / taught.id / "report.pdf").is_file()
    assert main(["class", "export", "unknown", "--out", str(tmp_path / "out")]) == 1
    assert main(["class", "erase", taught.id]) == 0
    assert main(["class", "erase", taught.id]) == 1
    assert main(["db", "restore", str(file)]) == 1
    assert "--replace" in capsys.readouterr().err
    app = Turn(tmp_path / "results")
    assert app.has_come()
    assert main(["db", "restore", "--replace", str(file)]) == 1
    assert "Stop it" in capsys.readouterr().err
    app.end()
    assert main(["db", "restore", "--replace", str(file)]) == 0
    assert main(["class", "list", "--owner", "nobody@school.org"]) == 0
    assert capsys.readouterr().out.endswith("There are no classes.\n")


def test_the_list_of_classes_knows_which_are_over(tmp_path, monkeypatch, capsys):
    """A class ended by itself while the app was off, so that nobody has written it down."""
    url = f"sqlite:///{tmp_path}/classes.db"
    monkeypatch.setenv("DATABASE_URL", url)
    now = time.time()
    school = School(url, start=now - 7200)
    over = school.open(ends=now - 7200 + 1800)
    going_on = school.open(ends=now + 3600)
    assert main(["class", "list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "   30:00  " in lines[over.id]
    assert "    open  " in lines[going_on.id]


def test_the_commands_say_what_is_wrong_with_a_database(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert main(["db", "check"]) == 1
    assert "python -m fer db upgrade" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "postgres://fer:secret@127.0.0.1:1/x")
    assert main(["class", "list"]) == 1
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "secret" not in said
