"""One file with the classes and the results, written and read again by the commands."""

import errno
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from fer.__main__ import main
from fer.jobs.board import JobBoard
from fer.jobs.folder import JobFolder
from fer.jobs.job import JobState, Options
from fer.jobs.turn import Turn
from fer.report.archive import FILES
from fer.settings import ROOT
from fer.store.database import Database
from fer.store.store import Store
from tests.classroom.school import School
from tests.tables import lecture


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Lets the commands work on another folder of results, with its database."""

    def place(name):
        monkeypatch.setenv("FER_RESULTS", str(tmp_path / name))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        return tmp_path / name

    return place


@pytest.fixture
def kept(place, tmp_path):
    """A server with a class, two results, and an upload that waits; and its backup."""
    results = place("old")
    school = School(f"sqlite:///{results}/classes.db")
    school.open(k=3)
    for n in range(3):
        school.join(n, "happy")
    school.run(30)
    board = JobBoard(results, lambda *_: None, running_at_once=0)
    ids = [board.add_report(f"lesson {n}.mp4", lecture(40), owner="ann@a.org") for n in range(2)]
    board.start_upload("waits.mp4", io.BytesIO(b"video"), Options())
    board.close()
    file = tmp_path / "mood.tar"
    assert main(["backup", str(file)]) == 0
    return file, ids, school.room.id


def seen(results):
    board = JobBoard(results, lambda *_: None, running_at_once=0)
    board.close()
    return {
        job.id: (job.name, job.owner, len(board.report(job.id).timeline))
        for job in board.finished()
    }


def classes(results):
    store = Store(Database(f"sqlite:///{results}/classes.db"))
    return {facts.id: len(store.history.seconds(facts.id)) for facts in store.classes.all()}


def test_classes_and_results_come_back_together(kept, place, tmp_path, capsys):
    file, ids, class_id = kept
    assert file.stat().st_mode & 0o077 == 0
    new = place("new")
    assert main(["restore", str(file)]) == 0
    assert "1 class and 2 results restored" in capsys.readouterr().out
    assert seen(new) == seen(tmp_path / "old")
    assert set(seen(new)) == set(ids)
    assert classes(new) == classes(tmp_path / "old")
    assert classes(new)[class_id]
    assert [job.state for job in JobFolder(new).peek()] == [JobState.DONE] * 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.rglob("*"))


def test_what_is_there_is_replaced_on_demand_only(kept, place, capsys):
    file, ids, _ = kept
    new = place("new")
    other = JobBoard(new, lambda *_: None, running_at_once=0)
    other.add_report("another.mp4", lecture(40))
    other.close()
    before = seen(new)
    assert main(["restore", str(file)]) == 1
    assert "--replace" in capsys.readouterr().err
    assert seen(new) == before
    assert main(["restore", "--replace", str(file)]) == 0
    assert set(seen(new)) == set(ids)
    assert not [path for path in new.iterdir() if path.is_dir() and path.name not in ids]


def rewritten(file, **changes):
    """The archive with other contents and the right checksum; None leaves an entry out."""
    out = io.BytesIO()
    with tarfile.open(file) as archive, tarfile.open(fileobj=out, mode="w") as new:
        for member in archive:
            data = archive.extractfile(member).read()
            for end, change in changes.items():
                if member.name.endswith(end):
                    data = change(data) if change else None
            if member.name == "about.json" and data is not None:
                about = json.loads(data)
                about["sha256"] = hashlib.sha256(out.getvalue()).hexdigest()
                data = json.dumps(about).encode()
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "damage", ["cut", "foreign", "version", "classes", "no classes", "results", "missing"]
)
def test_a_damaged_or_foreign_backup_changes_nothing(damage, kept, place, capsys):
    file, _, _ = kept
    whole = file.read_bytes()
    newer = json.dumps({"format": "fer backup 3", "classes": 1, "results": 2}).encode()
    new = place("new")
    file.write_bytes(
        {
            "cut": lambda: whole[: len(whole) // 2],
            "foreign": lambda: b"PK\x03\x04 something else",
            "version": lambda: rewritten(file, **{"about.json": lambda _: newer}),
            "classes": lambda: rewritten(file, **{"classes.gz": lambda data: data[:-40]}),
            "no classes": lambda: rewritten(file, **{"classes.gz": None}),
            "results": lambda: rewritten(file, **{"job.json": None}),
            "missing": lambda: rewritten(file, **{"about.json": None}),
        }[damage]()
    )
    assert main(["restore", str(file)]) == 1
    assert "error:" in capsys.readouterr().err
    assert classes(new) == {}
    assert seen(new) == {}


def test_a_flipped_bit_changes_nothing(kept, place, capsys):
    """In every file and in its header; what fills up the blocks has no meaning."""
    file, _, class_id = kept
    whole = file.read_bytes()
    with tarfile.open(file) as archive:
        starts = [(member.offset, member.size + 1024) for member in archive]
    places = [start + size * part // 7 for start, size in starts for part in range(7)]
    new = place("new")
    results = seen(place("old"))
    place("new")
    for at in [*places, len(whole) - 600]:
        data = bytearray(whole)
        data[at] ^= 1 << at % 8
        file.write_bytes(data)
        code = main(["restore", "--replace", str(file)])
        said = capsys.readouterr().err
        if code:
            assert said.startswith("error: "), at
            assert said.count("\n") == 1, at
            assert (classes(new), seen(new)) == ({}, {}), at
        else:
            assert contents(new) == contents(new.with_name("old")), at
            assert main(["class", "erase", class_id]) == 0
            for job in results:
                JobFolder(new).delete(job)
            capsys.readouterr()


def contents(results):
    """All that a backup keeps of a folder of results."""
    files = [path for name in FILES for path in results.glob(f"*/{name}")]
    content = {path.relative_to(results): path.read_bytes() for path in files}
    return classes(results), seen(results), content


def test_an_archive_cannot_write_elsewhere(kept, place, tmp_path):
    file, _, _ = kept
    with tarfile.open(file) as archive, tarfile.open(tmp_path / "evil.tar", "w") as evil:
        for member in archive:
            evil.addfile(member, archive.extractfile(member))
        for name in ("results/../../outside.json", f"results/{'x' * 16}/../../outside.json"):
            about = tarfile.TarInfo(name)
            about.size = 4
            evil.addfile(about, io.BytesIO(b"evil"))
    place("new")
    assert main(["restore", str(tmp_path / "evil.tar")]) == 0
    assert not list(tmp_path.rglob("outside*"))


def test_a_backup_is_not_restored_beside_the_app(kept, place, tmp_path, capsys):
    file, ids, _ = kept
    results = tmp_path / "old"
    app = Turn(results)
    assert app.has_come()
    JobFolder(results).delete(ids[0])
    assert main(["restore", "--replace", str(file)]) == 1
    assert f"The app uses {results}. Stop it" in capsys.readouterr().err
    assert set(seen(results)) == {ids[1]}
    app.end()
    assert main(["restore", "--replace", str(file)]) == 0
    assert set(seen(results)) == set(ids)
    assert app.has_come()  # the command has let go of the folder


def test_a_restore_that_is_killed_leaves_no_hidden_copy_of_results(kept, place):
    """The results in it would be deleted neither by hand nor for their age."""
    file, ids, class_id = kept
    new = place("new")
    # It is killed when the classes are in place, and the results are not.
    code = """
import os, sys
import fer.store.backup
from fer.__main__ import main
restore = fer.store.backup.restore
fer.store.backup.restore = lambda *a, **k: (restore(*a, **k), os.kill(os.getpid(), 9))
main(["restore", sys.argv[1]])
"""
    done = subprocess.run([sys.executable, "-c", code, str(file)], cwd=ROOT, capture_output=True)
    assert done.returncode not in (0, 1)
    assert list(classes(new)) == [class_id]
    assert list(new.rglob("report.json"))  # unpacked, and not in place
    assert seen(new) == {}
    assert not list(new.rglob("report.json"))
    assert main(["restore", "--replace", str(file)]) == 0
    assert set(seen(new)) == set(ids)


def test_results_that_cannot_be_put_in_place_are_told(kept, place, capsys, monkeypatch):
    file, ids, class_id = kept
    new = place("new")
    rename = Path.rename

    def fails(path, target):
        if path.name == ids[1]:
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fails)
        assert main(["restore", str(file)]) == 1
    assert "The classes are restored, but not all results" in capsys.readouterr().err
    assert main(["restore", "--replace", str(file)]) == 0
    assert set(seen(new)) == set(ids)
    assert list(classes(new)) == [class_id]


@pytest.mark.parametrize("replace", [[], ["--replace"]])
def test_a_result_whose_files_were_damaged_comes_back(kept, tmp_path, replace):
    """Nobody sees such a result in the lists, but its folder is there."""
    file, ids, _ = kept
    results = tmp_path / "old"
    (results / ids[0] / "job.json").write_bytes(b"\0")
    if not replace:
        JobFolder(results).delete(ids[1])
        (results / "classes.db").unlink()
    assert main(["restore", *replace, str(file)]) == 0
    assert set(seen(results)) == set(ids)


@pytest.mark.parametrize("during", [0, 1])
def test_a_result_that_is_deleted_meanwhile_is_whole_or_left_out(
    kept, place, tmp_path, monkeypatch, during
):
    """Packing large results takes minutes, in which the app runs."""
    file, ids, _ = kept
    folder, gone = JobFolder(tmp_path / "old"), sorted(ids)[1]
    addfile = tarfile.TarFile.addfile

    def deleting(self, member, data=None):
        addfile(self, member, data)
        if sorted(ids)[during] in member.name:
            folder.delete(gone)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(tarfile.TarFile, "addfile", deleting)
        assert main(["backup", str(file)]) == 0
    new = place("new")
    assert main(["restore", str(file)]) == 0
    assert set(seen(new)) == set(ids) - ({gone} if during == 0 else set())
