"""A class whose real database cannot be reached for a while, in one process and in two."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from fer.classroom.classrooms import ANSWER_S, EMPTY_S, Classrooms
from fer.classroom.consent import Camera, Consent
from fer.classroom.pulse import Pulse
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from tests.classroom.school import School
from tests.mood.faces import bucket
from tests.store.line import Line

K = 5


def school_at(url):
    return School(database_url(Settings(database=url)))


def faces(room):
    """Returns how many faces were read in each second of which anything may be seen."""
    return {second: round(bucket.faces) for second, bucket in room.window.seconds()}


def kept(school):
    return school.rooms.past(school.room.id)


@pytest.fixture
def school(url, outage):
    """A class of eight students, 20 s after its begin."""
    school = school_at(url)
    school.open(k=K)
    for number in range(8):
        school.join(number, "happy" if number < 6 else "sad")
    school.run(20)
    return school


def test_the_numbers_go_on_without_the_database_and_return_to_it(school, outage):
    room = school.room
    with outage():
        school.run(30)
        assert school.rooms.trouble is not None
        assert room.alone
        assert school.t - room.shown_until <= 1
        assert faces(room) == dict.fromkeys(range(50), 8)
        room.press(school.students[0][0], Pulse.LOST, school.time)
        school.run(2)
        assert room.board.levels(room.shown_until)[Pulse.LOST] == pytest.approx(1, abs=0.1)
    school.run(10)
    assert school.rooms.trouble is None
    assert not room.alone
    assert faces(room) == faces(kept(school)) == dict.fromkeys(range(62), 8)
    assert room.table().equals(kept(school).table())
    assert room.students == kept(school).students


def test_who_comes_and_goes_meanwhile_is_as_anonymous_as_ever(school, outage):
    """Whoever has gone is not in the numbers, and a whole window lies between."""
    room = school.room
    gone, _ = school.students[0]
    with outage():
        school.run(5)
        room.disconnected(gone)
        del school.students[0]
        school.run(WAITS := 9)
        assert max(faces(room)) < 25
        school.run(20 - WAITS)
        shown = room.table().set_index("t").loc[25:34, "happy"]
        assert shown.nunique() == 1
    school.run(5)
    assert room.table().equals(kept(school).table())


def test_with_too_few_students_nothing_is_seen_without_the_database_either(url, outage):
    school = school_at(url)
    room = school.open(k=K)
    for number in range(K - 1):
        school.join(number, "happy")
    school.run(15)
    with outage():
        school.run(20)
        assert faces(room) == {}
    school.run(15)
    assert faces(room) == faces(kept(school)) == {}


def test_the_database_may_go_and_come_again_and_again(school, outage):
    for _ in range(3):
        with outage():
            school.run(3)
        school.run(1)
    with outage():
        school.run(12)
    school.run(2)
    assert faces(school.room) == faces(kept(school)) == dict.fromkeys(range(school.t), 8)


def test_a_class_that_ends_without_the_database_keeps_everything(school, outage):
    with outage():
        school.run(12)
        school.rooms.close(school.room.id)
        school.run(2)
    school.run(2)
    assert faces(kept(school)) == dict.fromkeys(range(32), 8)
    assert kept(school).closed is not None


def test_a_rehearsal_goes_on_as_well(url, outage):
    school = school_at(url)
    room = school.open(rehearsal=True)
    school.join("alone", "happy")
    school.run(3)
    with outage():
        school.run(5)
        assert faces(room) == dict.fromkeys(range(8), 1)
    school.run(2)
    assert faces(room) == faces(kept(school)) == dict.fromkeys(range(10), 1)


def test_a_database_that_hangs_does_not_hold_up_the_numbers(postgres):
    school = school_at(postgres.database())
    room = school.open(k=K)
    for number in range(6):
        school.join(number, "happy")
    school.run(15)
    with school.hanging(postgres, 20, each=school.rooms.go_on):
        assert room.alone
        # The second of the pause in which nobody sent anything counts with the last readings.
        assert faces(room) == dict.fromkeys(range(36), 6)
    school.run(2)
    assert not room.alone
    assert faces(room) == faces(kept(school)) == dict.fromkeys(range(38), 6)


def test_a_database_that_hangs_while_it_erases_does_not_hold_up_the_numbers(tmp_path, monkeypatch):
    """They stood still until it was given up, for over half a minute."""
    school = School(f"sqlite:///{tmp_path}/classes.db")
    room = school.open(k=K)
    for number in range(6):
        school.join(number, "happy")
    school.run(15)
    hangs, answers = threading.Event(), threading.Event()

    def hang(_before):
        hangs.set()
        assert answers.wait(60)
        return 0

    monkeypatch.setattr(school.rooms.store.classes, "erase_thrown_away", hang)
    with ThreadPoolExecutor() as threads:
        meeting = threads.submit(school.run, int(EMPTY_S))
        try:
            assert hangs.wait(30)
            school.time += ANSWER_S
            school.rooms.go_on()
            assert room.alone
        finally:
            answers.set()
        meeting.result(30)
    school.run(1)
    assert not room.alone
    assert school.rooms.trouble is None


def test_a_database_that_is_a_little_slow_is_waited_for(school):
    school.rooms.go_on()
    assert not school.room.alone
    assert ANSWER_S >= 2


class Elsewhere:
    """Students of the same class who are connected to another process."""

    def __init__(self, school, url):
        self.school = school
        database = Database(database_url(Settings(database=url)))
        self.rooms = Classrooms(Store(database), clock=lambda: school.time)
        self.room = self.rooms.by_code(school.room.code)
        self.students = []

    def join(self, number):
        for _ in range(number):
            ticket = self.room.admit(Consent(Camera.PICTURES), self.school.time)
            self.students.append(self.room.student(ticket))
            self.room.connected(self.students[-1], self.school.time)

    def send(self):
        for student in self.students:
            self.room.add(student, bucket("sad"), self.school.time + 0.5)

    def run(self, seconds):
        for _ in range(seconds):
            self.send()
            self.school.run(1)
            self.rooms.meet()


def test_with_students_elsewhere_the_numbers_stand_still(school, url, outage):
    other = Elsewhere(school, url)
    other.join(3)
    other.run(15)
    before = faces(school.room)
    assert before[max(before)] == 11
    with outage():
        other.run(15)
        assert not school.room.alone
        assert not other.room.alone
        assert faces(school.room) == before
    other.run(3)
    assert max(faces(school.room)) >= school.t - 2
    assert faces(kept(school))[40] == 11


def differences(here, there):
    """Returns by how many students two views differ, second by second."""
    return {abs(here[second] - there[second]) for second in here.keys() & there.keys()}


def test_somebody_who_joins_elsewhere_just_before_is_in_no_difference(school, url, outage):
    """This process does not know of the student when it begins to decide by itself."""
    other = Elsewhere(school, url)
    other.run(12)
    other.join(1)
    other.send()
    other.rooms.meet()
    with outage():
        other.run(20)
        seen = faces(school.room)
        assert max(seen) >= school.t - 11
    other.run(25)
    after = faces(kept(school))
    assert differences(seen, after) == {0}
    assert differences(seen, faces(school.room)) == {0}
    assert after[max(after)] == 9


def test_a_process_that_alone_loses_the_database_hands_over_what_it_showed(postgres):
    """The other process goes on to decide: first nobody is there, then three students are."""
    url = postgres.database()
    with closing(Line(postgres.port)) as line:
        school = school_at(url.replace(str(postgres.port), str(line.port)))
        school.open(k=K)
        for number in range(8):
            school.join(number, "happy")
        other = Elsewhere(school, url)
        other.run(25)
        line.cut()
        other.run(5)
        other.join(3)
        other.run(30)
        seen = faces(school.room)
        assert max(seen) >= 50
        assert school.room.alone
        line.mend()
        other.run(30)
        assert not school.room.alone
        after = faces(other.rooms.past(school.room.id))
        shown = {second: number for second, number in seen.items() if second > 26}
        # What the other process has for the same seconds is of too few to be seen by themselves.
        assert differences(shown, after) == {0}
        assert shown.keys() <= after.keys()
        assert [second for second, number in after.items() if number > 11] == []
        assert after[max(after)] == 11
