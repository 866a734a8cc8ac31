"""Real processes and a real database: a class in two processes, a killed process, an outage."""

import json
import queue
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from sqlalchemy import func, select

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Consent
from fer.classroom.mode import Mode
from fer.mood.dominant import dominant
from fer.settings import ROOT, Settings
from fer.store.database import Database, database_url
from fer.store.history import PATIENCE_S
from fer.store.schema import CLASS, UNDECIDED
from fer.store.store import Store
from tests.classroom.process import WINDOW_S
from tests.classroom.school import School


class Process:
    """A running `tests.classroom.process` and what it has said so far."""

    def __init__(self, url, code, number, emotion, tickets=(), patience=PATIENCE_S):
        command = [sys.executable, "-m", "tests.classroom.process"]
        command += [url, code, str(number), emotion, str(patience)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.process.stdin.write(json.dumps(list(tickets)) + "\n")
        self.process.stdin.flush()
        self._lines = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.tickets = self.wait(lambda said: "tickets" in said)["tickets"]

    def _listen(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def wait(self, condition, seconds=60):
        """Waits for something said that fulfils a condition; returns the first."""
        end = time.monotonic() + seconds
        while True:
            said = self._lines.get(timeout=max(0.1, end - time.monotonic()))
            if condition(said):
                return said

    def kill(self):
        self.process.kill()
        self.process.wait(30)


def opened(url):
    database = Database(database_url(Settings(database=url)))
    rooms = Classrooms(Store(database))
    return rooms, rooms.open("Physics", mode=Mode.CAMERA, k=5)


@pytest.fixture
def processes():
    started = []
    yield started
    for process in started:
        process.kill()


def written_until(database, class_id):
    """Returns the last second of a class that the database has."""
    with database.read() as connection:
        waiting = select(func.max(UNDECIDED.c.second)).where(UNDECIDED.c.class_id == class_id)
        decided = select(CLASS.c.decided).where(CLASS.c.id == class_id)
        return max(connection.execute(query).scalar() or 0 for query in (waiting, decided))


def test_two_processes_serve_one_class(url, processes):
    """Each process has three students; only together are they k."""
    rooms, room = opened(url)
    processes += [Process(url, room.code, 3, "happy"), Process(url, room.code, 3, "sad")]
    for process in processes:
        said = process.wait(lambda said: said["frames"] >= WINDOW_S + 4)
        assert said["present"] == 6
        # Each shows the other's seconds within two seconds, if the machine is not too busy.
        said = process.wait(lambda said: said["time"] - said["opened"] - said["until"] < 3.0)
        assert said["time"] - said["opened"] - said["until"] < 3.0
    kept = rooms.past(room.id)
    mood = kept.window.total()
    assert mood.faces == 6 * mood.frames
    shares = mood.class_shares(None)
    assert shares.values[[3, 4]].sum() > 0.9
    assert abs(shares.values[3] - shares.values[4]) < 0.1


def test_a_killed_process_loses_two_seconds_and_its_students_come_back(url, processes):
    rooms, room = opened(url)
    first = Process(url, room.code, 6, "happy")
    processes.append(first)
    first.wait(lambda said: said["frames"] >= WINDOW_S + 2)
    first.kill()
    killed = time.time() - room.began
    written = written_until(rooms.store.database, room.id)
    assert killed - (written + 1) <= 2.0
    # The restarted process finds the class, and the students' tickets still let them in.
    second = Process(url, room.code, 6, "sad", first.tickets, patience=3.0)
    processes.append(second)
    second.wait(lambda said: said["frames"] > 2 * (WINDOW_S + 2), 90)
    kept = rooms.past(room.id)
    table = kept.table()
    gap = table.loc[table["faces"].isna(), "t"].to_numpy()
    assert len(gap)
    assert gap.min() >= killed - 3
    before, after = table[table["t"] < gap.min()], table[table["t"] > gap.max()]
    assert before["happy"].min() > 0.9
    assert after["sad"].min() > 0.9
    assert np.isfinite(before["valence"]).all()


def test_an_outage_of_the_database_loses_nothing(postgres):
    """The server is stopped for half a minute of the class."""
    url = database_url(Settings(database=postgres.database()))
    school = School(url)
    room = school.open(k=5)
    for n in range(8):
        school.join(n, "happy")
    school.run(20)
    postgres.stop()
    try:
        school.run(30)
        assert school.rooms.trouble is not None
        assert [second for second, _ in room.window.seconds()] == list(range(50))
    finally:
        postgres.start()
    school.run(1)
    assert school.rooms.trouble is None
    assert [second for second, _ in room.window.seconds()] == list(range(51))
    kept = school.rooms.past(room.id)
    assert kept.window.total().faces == 8 * 51
    assert dominant(kept.window.total().class_shares(None).values) == "happy"


def test_what_waits_for_the_database_has_a_limit(postgres, monkeypatch):
    monkeypatch.setattr("fer.classroom.alone.MOST_WAITING", 20)
    school = School(database_url(Settings(database=postgres.database())))
    room = school.open(k=5)
    for n in range(5):
        school.join(n, "happy")
    school.run(12)
    postgres.stop()
    try:
        school.run(40)
    finally:
        postgres.start()
    school.run(15)
    assert [second for second, _ in room.window.seconds()] == list(range(67))
    kept = school.rooms.past(room.id)
    assert [second for second, _ in kept.window.seconds()] == [*range(12), *range(32, 67)]


def test_what_waits_while_students_are_elsewhere_has_a_limit(postgres, monkeypatch):
    """Then nothing is decided without the database, and all seconds wait as they are."""
    monkeypatch.setattr("fer.classroom.classroom.MOST_WAITING", 20)
    url = database_url(Settings(database=postgres.database()))
    school = School(url)
    room = school.open(k=5)
    for n in range(5):
        school.join(n, "happy")
    other = Classrooms(Store(Database(url)), clock=lambda: school.time)
    there = other.by_code(room.code)
    student = there.student(there.admit(Consent(), school.time))
    for _ in range(12):
        there.connected(student, school.time)
        other.meet()
        school.run(1)
    postgres.stop()
    try:
        school.run(40)
        assert len(room.outgoing(school.time)) == 20
    finally:
        postgres.start()
