"""A double click on a real app, whose first press is held until the second one has come."""

from __future__ import annotations

from functools import partial

from benchmarks.parts import stage
from benchmarks.parts.visitor import Visitor
from fer.store.database import Database
from fer.store.store import Store
from fer.web.classroom import texts
from tests.fakes import wait_for

# Read by Python when the server starts: each press notes itself, and opening a class waits.
HELD = """
import time
from pathlib import Path

from fer.classroom.classrooms import Classrooms
from fer.web import once

folder = Path({folder!r})
open_, call = Classrooms.open, once.Once.__call__


def slow(*args, **kwargs):
    while not (folder / "go on").exists():
        time.sleep(0.01)
    return open_(*args, **kwargs)


def noted(*args):
    with (folder / "presses").open("a") as notes:
        notes.write("press\\n")
    return call(*args)


Classrooms.open = slow
once.Once.__call__ = noted
"""


def _has_lines(file, count):
    return file.exists() and len(file.read_text("utf-8").splitlines()) == count


def test_a_double_click_opens_one_class(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(HELD.format(folder=str(tmp_path)), "utf-8")
    notes = tmp_path / "presses"
    settings = {"PYTHONPATH": f"{tmp_path}:{stage.ROOT}"}
    with (
        stage.App(tmp_path / "log.txt", **settings) as app,
        Visitor(app.url, "class") as visitor,
    ):
        for number in (1, 2):
            visitor.press(texts.OPEN)
            wait_for(partial(_has_lines, notes, number))
        (tmp_path / "go on").touch()
        while texts.END_ANSWER not in visitor.buttons:
            visitor.wait_for("script_finished")
        store = Store(Database(f"sqlite:///{app.results}/classes.db"))
        assert len(store.classes.all()) == 1
