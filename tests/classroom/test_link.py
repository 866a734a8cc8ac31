"""Two `Classrooms` on one database, as two processes have them, with a clock of the test."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fer.classroom.classrooms import EMPTY_S, TIDY_S, Classrooms
from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.classroom.pulse import Answer, Pulse, Tally
from fer.classroom.refusal import ClassOver, NotAdmitted, WrongCode
from fer.errors import StoreError
from fer.keeping import UNDO_S
from fer.settings import Settings
from fer.store.classes import ERASED_AT_ONCE
from fer.store.database import database_url
from tests.classroom.replicas import Replicas
from tests.classroom.school import School
from tests.mood.faces import bucket


@pytest.fixture
def replicas(url):
    return Replicas(url)


def test_both_show_the_same_class(replicas):
    replicas.run(25)
    here, there = replicas.room, replicas.other_room
    # The process that writes last knows everything; the other one learns it a second later.
    assert there.shown_until - here.shown_until <= 1
    assert replicas.school.t - here.shown_until <= 2
    mood = here.mood(5)
    assert mood.faces == 6 * mood.frames
    assert here.present() == there.present() == 6


def test_marks_questions_and_presses_reach_the_other(replicas):
    replicas.run(15)
    here, there = replicas.room, replicas.other_room
    here.mark("first")
    question = there.ask("Clear so far?", replicas.school.time)
    there.press(replicas.students[0], Pulse.LOST, replicas.school.time)
    replicas.run(2)
    assert [mark.text for mark in there.marks] == ["first"]
    assert here.question() == question
    there.rename_mark(there.marks[0], "renamed")
    for n, (student, _) in enumerate(replicas.school.students.values()):
        answer = Answer.YES if n else Answer.LOST
        here.answer(student, answer, question.id, replicas.school.time)
    for student in replicas.students:
        there.answer(student, Answer.YES, question.id, replicas.school.time)
    replicas.run(3)
    assert [mark.text for mark in here.marks] == ["renamed"]
    assert here.board.levels(here.shown_until)[Pulse.LOST] == pytest.approx(1, abs=0.1)
    assert here.board.answers(question, 5) == Tally(yes=5, lost=1)
    here.delete_mark(here.marks[0])
    here.end_question(replicas.school.time, question)
    replicas.run(2)
    assert there.marks == []
    assert there.question() is None


def test_a_student_may_come_back_to_the_other_process(replicas):
    ticket = replicas.school.join("d")
    replicas.run(3)
    assert replicas.other_room.student(ticket).consent.camera is Camera.PICTURES
    replicas.school.leave("d")
    with pytest.raises(NotAdmitted):
        replicas.other_room.student(ticket)


def test_a_mark_is_kept_once_though_nobody_confirmed_that_it_was_written(replicas, monkeypatch):
    """The connection broke after the database had written it, and it was written again. Pages tell
    marks apart by their times, so that those of the class showed an error from then on."""
    here, there = replicas.room, replicas.other_room
    replicas.run(12)
    journal = replicas.school.rooms.store.journal
    real = journal.marks

    def unconfirmed(*args):
        real(*args)
        raise StoreError("The connection is lost.")

    here.mark("first")
    monkeypatch.setattr(journal, "marks", unconfirmed)
    replicas.run(1)
    assert replicas.school.rooms.trouble is not None
    monkeypatch.setattr(journal, "marks", real)
    replicas.run(2)
    for room in (here, there, replicas.other.past(here.id)):
        assert [mark.text for mark in room.marks] == ["first"]


def test_a_mark_that_both_rename_at_once_stays_one(replicas):
    here, there = replicas.room, replicas.other_room
    replicas.run(12)
    here.mark("first")
    replicas.run(2)
    here.rename_mark(here.marks[0], "renamed here")
    there.rename_mark(there.marks[0], "renamed there")
    replicas.run(2)
    assert len(here.marks) == 1
    assert here.marks == there.marks == replicas.other.past(here.id).marks


def test_a_class_that_one_ends_is_over_for_the_other(replicas):
    replicas.run(15)
    replicas.school.rooms.close(replicas.room.id)
    replicas.other.meet()
    assert replicas.other_room.closed is not None
    assert replicas.other.by_id(replicas.room.id) is None
    with pytest.raises(ClassOver):
        replicas.other.by_code(replicas.room.code)
    replicas.other_room.add(replicas.students[0], bucket("sad"))
    assert replicas.other_room.present() == 0


def test_whoever_joins_while_another_process_ends_the_class_hears_that_it_is_over(replicas):
    before = replicas.other_room.admit(Consent(), replicas.school.time)
    replicas.school.rooms.close(replicas.room.id)
    after = replicas.other_room.admit(Consent(), replicas.school.time)
    for ticket in (before, after):
        with pytest.raises(ClassOver):
            replicas.other_room.student(ticket)


def test_a_class_that_is_erased_ends_everywhere(replicas):
    replicas.run(12)
    assert replicas.school.rooms.store.classes.erase(replicas.room.id)
    replicas.run(1)
    with pytest.raises(WrongCode):
        replicas.other.by_code(replicas.room.code)
    assert replicas.other.past(replicas.room.id) is None


def test_a_co_teachers_link_opens_the_class_until_it_is_revoked(replicas):
    secret = replicas.school.rooms.invite(replicas.room.id)
    assert replicas.other.by_invitation(secret) is replicas.other_room
    replicas.school.rooms.revoke(replicas.room.id)
    for wrong in (secret, "", "guess"):
        with pytest.raises(WrongCode):
            replicas.other.by_invitation(wrong)


def test_old_classes_are_erased_and_forgotten_ones_end(url):
    school = School(database_url(Settings(database=url)))
    rooms = Classrooms(school.rooms.store, keep_days=30, clock=lambda: school.time)
    old = school.open(ends=school.time + 60)
    rooms.meet()
    school.time += 29 * 86400
    rooms.meet()
    assert rooms.store.classes.by_id(old.id).closed == old.facts.opened + 60
    school.time += 2 * 86400
    new = school.open()
    rooms.meet()
    assert [facts.id for facts in rooms.store.classes.all()] == [new.id]
    assert TIDY_S <= 86400


@pytest.mark.parametrize("thrown_away", [False, True])
def test_of_many_classes_only_some_are_erased_at_a_time(url, thrown_away):
    """Of thousands that were too old at once, PostgreSQL gave the statement up after 30 s, in which
    no class was written. It was tried again every second, and nothing was ever deleted."""
    school = School(database_url(Settings(database=url)))
    rooms = Classrooms(school.rooms.store, keep_days=30, clock=lambda: school.time)
    classes = rooms.store.classes
    rooms.meet()
    many = [rooms.open("Physics", mode=Mode.PULSE).id for _ in range(2 * ERASED_AT_ONCE + 1)]
    for class_id in many:
        rooms.close(class_id)
    if thrown_away:
        rooms.throw_away(many)
    school.time += UNDO_S + EMPTY_S if thrown_away else 31 * 86400
    left = []
    for _ in range(3):
        rooms.meet()
        left.append(len(classes.thrown_away(many) if thrown_away else classes.all()))
        school.time += 1
    assert left == [ERASED_AT_ONCE + 1, 1, 0]


def test_a_class_whose_time_is_up_keeps_its_alerts_although_another_process_tidies(url):
    school = School(database_url(Settings(database=url)))
    room = school.open(k=5, ends=school.time + 60)
    for n in range(6):
        school.join(n, "angry")
    school.run(59)
    school.time += 1
    Classrooms(school.rooms.store, clock=lambda: school.time).meet()
    school.rooms.meet()
    past = school.rooms.past(room.id)
    assert [alert.kind for alert in past.alerts] == ["negative mood"]
    assert past.facts.closed == room.facts.opened + 60


@pytest.fixture
def smiling(postgres):
    """A school on PostgreSQL, and its class, whose six students have smiled for 15 s."""
    school = School(database_url(Settings(database=postgres.database())))
    room = school.open(k=5)
    for n in range(6):
        school.join(n, "happy")
    school.run(15)
    return school, room


def test_a_class_ends_at_once_while_the_database_hangs(smiling, postgres):
    """Its instructor waited for as long as the database did not answer."""
    school, room = smiling
    with ThreadPoolExecutor() as instructor, school.hanging(postgres, 5):
        instructor.submit(school.rooms.close, room.id).result(30)
        assert room.closed is not None
    school.rooms.meet()
    assert school.rooms.past(room.id).facts.closed == room.closed


def test_a_database_that_hangs_loses_nothing(smiling, postgres):
    school, room = smiling
    with school.hanging(postgres, 20):
        pass
    school.run(1)
    assert school.rooms.trouble is None
    assert [second for second, _ in room.window.seconds()] == list(range(37))
