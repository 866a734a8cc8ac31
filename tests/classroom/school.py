"""An artificial class whose clock the test controls."""

import threading
from contextlib import contextmanager

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.store.database import Database
from fer.store.store import Store
from tests.mood.faces import bucket


class School:
    """Students who share one emotion each, second by second."""

    def __init__(self, url="sqlite://", start=1_000_000.0):
        self.time = start
        self.rooms = Classrooms(Store(Database(url)), clock=lambda: self.time)
        self.students = {}

    def open(self, **options):
        self.room = self.rooms.open("Physics", **{"mode": Mode.CAMERA, **options})
        return self.room

    def join(self, name, emotion="neutral", consent=None):
        ticket = self.room.admit(consent or Consent(Camera.PICTURES), self.time)
        student = self.room.student(ticket)
        self.room.connected(student, self.time)
        self.students[name] = student, emotion
        return ticket

    def leave(self, name):
        student, _ = self.students.pop(name)
        self.room.leave(student)

    def run(self, seconds):
        """Every student sends a picture a second."""
        for _ in range(seconds):
            self._send()
            self.time += 1
            self.rooms.meet()

    def _send(self):
        for student, emotion in self.students.values():
            if emotion is None:
                self.room.connected(student, self.time + 0.5)
            else:
                self.room.add(student, bucket(emotion), self.time + 0.5)

    @contextmanager
    def hanging(self, postgres, seconds, each=lambda: None):
        """The database hangs while every student sends so many pictures, until the block ends.

        All its processes are stopped during a transaction. `each` is called after every second.
        """
        postgres.pause()
        meeting = threading.Thread(target=self.rooms.meet)
        try:
            self.time += 1
            meeting.start()
            for _ in range(seconds):
                self._send()
                self.time += 1
                each()
            assert meeting.is_alive()
            yield
        finally:
            postgres.go_on()
        meeting.join(60)
        assert not meeting.is_alive()

    @property
    def t(self):
        """Seconds since the class was opened."""
        return int(self.time - self.room.facts.opened)
