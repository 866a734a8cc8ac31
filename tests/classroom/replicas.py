"""One class in two processes, with a clock that the test controls."""

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.classroom.school import School
from tests.mood.faces import bucket


class Replicas:
    """One class, served by two processes; both have three students."""

    def __init__(self, url):
        self.school = School(database_url(Settings(database=url)))
        self.room = self.school.open(k=5)
        database = Database(database_url(Settings(database=url)))
        self.other = Classrooms(Store(database), clock=lambda: self.school.time)
        self.other_room = self.other.by_code(self.room.code)
        for name in "abc":
            self.school.join(name, "happy")
        now = self.school.time
        tickets = [self.other_room.admit(Consent(Camera.PICTURES), now) for _ in range(3)]
        self.students = [self.other_room.student(ticket) for ticket in tickets]
        for student in self.students:
            self.other_room.connected(student, now)

    def run(self, seconds):
        for _ in range(seconds):
            for student in self.students:
                self.other_room.add(student, bucket("happy"), self.school.time + 0.5)
            self.school.run(1)
            self.other.meet()
