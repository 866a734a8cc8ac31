import pytest

from fer.access.roles import Person, Role
from fer.classroom.mode import Mode
from fer.jobs.bin import Bin
from fer.jobs.board import JobBoard
from fer.jobs.owned import OwnedJobs
from fer.sessions.sessions import Sessions
from tests.classroom.school import School

ANN, BOB = "ann@school.org", "bob@school.org"


class Archive:
    """Classes and results of two instructors, and what each of them sees."""

    def __init__(self, folder, url):
        self.school = School(url)
        self.board = JobBoard(folder, lambda *_: None)
        self.bin = Bin(self.board)

    def seen_by(self, owner):
        person = Person(Role.INSTRUCTOR, owner) if owner else Person(Role.OPERATOR)
        return Sessions(person, OwnedJobs(self.board, person), self.bin, lambda: self.school.rooms)

    def held(self, emotions, owner=ANN, seconds=25, title="Physics", **options):
        """A class that is over: a student for each emotion; None joins without a camera."""
        school = self.school
        school.students.clear()
        room = school.rooms.open(title, **{"mode": Mode.CAMERA, "owner": owner, **options})
        school.room = room
        for number, emotion in enumerate(emotions):
            school.join(number, emotion)
        school.run(seconds)
        school.rooms.close(room.id)
        return room


@pytest.fixture
def archive(tmp_path):
    # In a file, because pages run on threads of their own.
    archive = Archive(tmp_path / "results", f"sqlite:///{tmp_path}/classes.db")
    yield archive
    archive.board.close()
