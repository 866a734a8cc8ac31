import sys
import threading

import numpy as np
import pytest

from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.classroom.numbers import ClassNumbers, Waiting
from fer.classroom.pulse import Answer, Pulse, Tally
from fer.classroom.refusal import ClassFull, ClassOver, NotAdmitted
from fer.classroom.seat import UNPLEASANT_S
from fer.errors import ClassroomError, StoreError
from fer.faces.core import FaceState
from fer.mood.bucket import MoodBucket
from fer.mood.dominant import dominant
from tests.classroom.school import School
from tests.mood.faces import bucket, reading


def test_a_class_waits_for_k_and_then_shows_its_mood():
    school = School()
    room = school.open(k=5)
    for n in range(4):
        school.join(n, "happy")
    school.run(30)
    assert room.numbers(school.time) == Waiting(4, 5)
    assert room.table().empty
    school.join(4, "happy")
    school.run(25)
    numbers = room.numbers(school.time)
    assert isinstance(numbers, ClassNumbers)
    assert numbers.present == 5
    assert numbers.headline.startswith("Mostly smiles")
    assert "5 of 5 faces readable" in numbers.headline
    mood = room.mood(10)
    assert mood.faces / mood.frames == 5
    assert dominant(mood.class_shares(None).values) == "happy"
    school.leave(0)
    school.run(1)
    assert room.numbers(school.time) == Waiting(4, 5)


def test_two_pictures_of_one_student_do_not_count_twice():
    school = School()
    room = school.open(k=3)
    for n in range(3):
        school.join(n, "happy" if n else "sad")
    student, _ = school.students[0]
    for _ in range(30):
        for _ in range(4):
            room.add(student, bucket("sad"), school.time + 0.2)
        school.run(1)
    mood = room.mood(10)
    assert mood.faces == 3 * mood.frames
    assert mood.class_shares(None).values.sum() == pytest.approx(1)


def test_a_reading_lasts_until_a_late_one_and_a_silent_student_is_gone():
    school = School()
    room = school.open(k=3)
    for n in range(4):
        school.join(n, "happy")
    school.run(20)
    silent = school.students.pop(0)
    school.run(2)
    assert room.window.seconds(school.t - 1)[0][1].faces == 4  # no group changed
    school.run(30)
    assert room.window.seconds(school.t - 1)[0][1].faces == 3
    assert room.present(school.time) == 3
    school.students[0] = silent
    room.connected(silent[0], school.time)
    school.run(1)
    assert room.present(school.time) == 4


def test_pausing_and_leaving_take_effect_at_once():
    school = School()
    room = school.open(k=3)
    for n in range(5):
        school.join(n, "sad")
    school.run(20)
    for n in range(5):
        room.pause(school.students[n][0])
    assert room.outgoing(school.time + 1)[-1].sharing == 0
    assert room.present(school.time) == 5


def test_a_reading_that_arrives_late_brings_nobody_back():
    school = School()
    room = school.open(k=3)
    for n in range(6):
        school.join(n, "sad")
    school.run(15)
    pausing, leaving, losing = (school.students.pop(n)[0] for n in range(3))
    room.pause(pausing)
    room.leave(leaving)
    room.disconnected(losing)
    for student in (pausing, leaving, losing):
        room.add(student, bucket("sad"), school.time + 0.1)
    room.press(leaving, Pulse.LOST, school.time + 0.1)
    assert room.present(school.time) == 4
    row = room.outgoing(school.time + 1)[-1]
    assert row.sharing == 3
    assert not row.pressed.any()
    school.time += 1
    room.add(pausing, bucket("sad"), school.time + 0.5)  # the camera is shared again
    assert room.outgoing(school.time + 1)[-1].present == 4
    assert room.rate(school.time + 0.6) == 2


def test_a_ticket_lets_its_student_in_again_until_they_leave():
    school = School()
    room = school.open()
    ticket = school.join("ann")
    assert room.student(ticket) == school.students["ann"][0]
    room.disconnected(room.student(ticket))
    assert room.student(ticket).consent.camera is Camera.PICTURES
    school.leave("ann")
    with pytest.raises(NotAdmitted):
        room.student(ticket)
    with pytest.raises(NotAdmitted):
        room.student("")


def test_a_ticket_is_for_one_class_and_ends_with_it():
    school = School()
    first = school.open()
    ticket = school.join("ann")
    second = school.open()
    with pytest.raises(NotAdmitted):
        second.student(ticket)
    school.rooms.close(first.id)
    with pytest.raises(ClassOver):
        first.student(ticket)
    with pytest.raises(ClassOver):
        first.admit(Consent(), school.time)


def test_a_full_class_says_so(monkeypatch):
    monkeypatch.setattr("fer.classroom.classroom.PLACES", 2)
    school = School()
    school.open()
    school.join("a")
    school.join("b")
    school.run(1)
    with pytest.raises(ClassFull, match="another class") as raised:
        school.join("c")
    assert isinstance(raised.value, ClassroomError)


def test_a_class_takes_few_who_send_pictures_and_many_whose_devices_read(monkeypatch):
    monkeypatch.setattr("fer.classroom.classroom.PICTURE_PLACES", 2)
    school = School()
    school.open()
    school.join("a")
    school.join("b")
    with pytest.raises(ClassFull, match="Join without a camera"):
        school.join("c")
    school.join("d", consent=Consent(Camera.DEVICE))
    school.join("e", consent=Consent())
    assert school.room.present(school.time) == 4


def test_a_pulse_only_class_takes_no_readings():
    school = School()
    room = school.open(mode=Mode.PULSE, k=3)
    for n in range(4):
        school.join(n, "happy", Consent(Camera.PICTURES))
    school.run(20)
    for n in (0, 1):
        room.press(school.students[n][0], Pulse.LOST, school.time)
    school.run(1)
    numbers = room.numbers(school.time)
    assert numbers.groups == []
    assert numbers.pulse[Pulse.LOST] == pytest.approx(2, abs=0.1)
    assert room.table().empty


def test_one_student_counts_once_however_often_they_press():
    school = School()
    room = school.open(mode=Mode.PULSE, k=3)
    for n in range(3):
        school.join(n, None)
    school.run(15)
    for _ in range(20):
        room.press(school.students[0][0], Pulse.LOST, school.time)
        school.run(1)
    assert room.board.levels(school.t)[Pulse.LOST] == pytest.approx(1, abs=0.05)
    room.press(school.students[0][0], Pulse.CLEAR, school.time)
    school.run(1)
    levels = room.board.levels(school.t)
    assert levels[Pulse.LOST] == pytest.approx(0, abs=0.05)
    assert levels[Pulse.CLEAR] == pytest.approx(1, abs=0.05)
    with pytest.raises(ValueError, match="anything"):
        room.press(school.students[0][0], "anything", school.time)


def test_the_first_answer_of_each_student_counts():
    school = School()
    room = school.open(mode=Mode.PULSE, k=3)
    for n in range(4):
        school.join(n, None)
    school.run(15)
    question = room.ask("Clear so far?", school.time)
    assert room.question() == question
    for n, answer in enumerate((Answer.YES, Answer.LOST, Answer.YES)):
        room.answer(school.students[n][0], answer, question.id, school.time)
        room.answer(school.students[n][0], Answer.SO_SO, question.id, school.time)
        room.answer(school.students[n][0], answer, "another", school.time)
    school.run(1)
    assert room.numbers(school.time).tally == Tally(yes=2, lost=1)
    room.end_question(school.time, question)
    assert room.question() is None
    room.answer(school.students[3][0], Answer.YES, question.id, school.time)
    school.run(1)
    assert room.board.answers(room.questions.all[0], 1) == Tally(yes=2, lost=1)


def test_the_end_of_a_question_leaves_one_open_that_was_asked_meanwhile():
    """A co-teacher asks while the page of the other still shows the question before."""
    school = School()
    room = school.open(mode=Mode.PULSE, k=3)
    before = room.ask("Clear so far?", school.time)
    after = room.ask("Shall I go on?", school.time)
    room.end_question(school.time, before)
    assert room.question() == after


def test_a_double_click_asks_one_question():
    school = School()
    room = school.open()
    first = room.ask("Clear so far?", school.time)
    assert room.ask("Clear so far?", school.time + 0.3).id == first.id
    assert room.ask("Clear so far?", school.time + 10).id != first.id
    assert len(room.questions.all) == 2


def test_no_mark_and_no_question_is_lost_while_those_of_others_are_taken():
    """A page adds them on a thread of its own."""
    school = School()
    room = school.open()
    number = 500

    def add():
        for n in range(number):
            room.mark(str(n))
            room.ask(str(n), school.time)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        adding = threading.Thread(target=add)
        adding.start()
        while adding.is_alive():
            room.take_marks(here := room.marks, here)
            room.questions.take(asked := room.questions.all, asked)
    finally:
        sys.setswitchinterval(before)
        adding.join()
    assert sorted(int(mark.text) for mark in room.marks) == list(range(number))
    assert [int(question.text) for question in room.questions.all] == list(range(number))


def test_a_negative_mood_raises_the_alert_of_the_live_page():
    school = School()
    room = school.open(k=5)
    for n in range(8):
        school.join(n, "angry")
    room.mark("start")
    school.run(60)
    assert [alert.kind for alert in room.alerts] == ["negative mood"]
    assert [mark.text for mark in room.marks] == ["start"]
    assert len(room.chart_table(whole=True, smooth_s=5)) == 60
    assert np.isfinite(room.table()["valence"]).all()


def test_an_alert_ends_with_the_faces():
    """However long the students stay without cameras, and though they leave before the end."""
    school = School()
    room = school.open(k=5)
    for n in range(6):
        school.join(n, "angry")
    school.run(60)
    assert [alert.end for alert in room.alerts] == [None]
    for n in range(6):
        student, _ = school.students[n]
        room.pause(student)
        school.students[n] = student, None
    school.run(30)
    ends = [alert.end for alert in room.alerts]
    assert ends == [59]
    school.run(200)
    for n in range(6):
        school.leave(n)
    school.run(30)
    school.rooms.close(room.id)
    assert [alert.end for alert in school.rooms.past(room.id).alerts] == ends


def test_an_alert_ends_when_too_few_are_left():
    school = School()
    room = school.open(k=5)
    for n in range(6):
        school.join(n, "angry")
    school.run(60)
    for n in (4, 5):
        school.leave(n)
    school.run(30)
    assert [alert.end for alert in room.alerts] == [59]


def test_the_room_camera_counts_the_faces_that_it_reads():
    school = School()
    room = school.open(k=5)
    camera = room.room_camera()
    for faces in (4, 6):
        for _ in range(30):
            room.add(camera, bucket(*["happy"] * faces), school.time + 0.5)
            school.run(1)
        assert (room.mood(5).faces > 0) == (faces == 6)


def test_a_student_who_agreed_is_seen_individually_and_may_take_that_back():
    school = School()
    room = school.open(individual=True, k=3)
    school.join("ann", "happy", Consent(Camera.PICTURES, "Ann", individual=True))
    school.join("bob", "sad", Consent(Camera.PICTURES, "Bob", individual=True))
    school.join("eve", "sad", Consent(Camera.PICTURES, "Eve"))
    school.run(int(UNPLEASANT_S) + 2)
    ann, bob = room.tiles(school.time)
    assert (ann.nickname, ann.unsure, ann.long_unpleasant) == ("Ann", False, False)
    assert (bob.nickname, bob.unsure, bob.long_unpleasant) == ("Bob", False, True)
    assert dominant(ann.shares) == "happy"
    room.pause(school.students["bob"][0])
    assert [tile.shares is None for tile in room.tiles(school.time)] == [False, True]
    student = room.withdraw(school.students["ann"][0])
    assert student.consent == Consent(Camera.PICTURES)
    assert [tile.nickname for tile in room.tiles(school.time)] == ["Bob"]


def test_of_unsure_readings_nothing_is_said_but_that():
    school = School()
    room = school.open(individual=True, k=3)
    school.join("ann", None, Consent(Camera.PICTURES, "Ann", individual=True))
    student, _ = school.students["ann"]

    def tile(state):
        for _ in range(int(UNPLEASANT_S) + 2):
            readings = MoodBucket.of([reading("sad", state=state)])
            room.add(student, readings, school.time + 0.5)
            school.run(1)
        (tile,) = room.tiles(school.time)
        return tile.unsure, tile.long_unpleasant

    assert tile(FaceState.UNSURE) == (True, False)
    assert tile(FaceState.READ) == (False, False)  # it was unsure at first
    assert tile(FaceState.READ) == (False, True)
    assert tile(FaceState.UNSURE) == (True, False)


@pytest.fixture
def shown():
    """A class with a student whose own reading is shown, and that student."""
    school = School()
    school.open(individual=True, k=3)
    school.join("ann", "happy", Consent(Camera.PICTURES, "Ann", individual=True))
    school.run(3)
    assert [tile.nickname for tile in school.room.tiles(school.time)] == ["Ann"]
    return school, school.students["ann"][0]


@pytest.mark.parametrize("away", [False, True], ids=["slow", "away"])
def test_whoever_withdraws_is_hidden_before_the_database_knows(shown, monkeypatch, away):
    """Meanwhile the hub and the engine go on with the student as they know them."""
    school, student = shown
    room, tickets = school.room, school.rooms.store.tickets
    hide, tiles = tickets.hide, []

    def slowly(key):
        school.run(2)
        room.connected(student, school.time)
        tiles.extend(room.tiles(school.time))
        if away:
            raise StoreError("The database is away.")
        hide(key)

    monkeypatch.setattr(tickets, "hide", slowly)
    if away:
        with pytest.raises(StoreError):
            room.withdraw(student)
        room.disconnected(student)
        room.connected(student, school.time)  # the page connects again with its ticket
    else:
        school.students["ann"] = room.withdraw(student), "happy"
    assert tiles == []
    school.run(2)
    assert room.tiles(school.time) == []
    assert room.outgoing(school.time + 1)[-1].sharing == 1


def test_withdrawing_changes_nothing_for_the_class(shown):
    school, student = shown
    school.room.withdraw(student)
    assert school.room.present(school.time) == 1
    row = school.room.outgoing(school.time + 1)[-1]
    assert (row.present, row.sharing) == (1, 1)


def test_no_individual_view_if_the_class_does_not_offer_it():
    school = School()
    room = school.open()
    school.join("ann", "happy", Consent(Camera.PICTURES, "Ann", individual=True))
    school.run(3)
    assert room.tiles(school.time) == []


def test_each_student_sends_fewer_pictures_in_a_large_class():
    school = School()
    room = school.open()
    assert room.rate(school.time) == 2
    for n in range(60):
        school.join(n)
    school.run(1)
    assert room.rate(school.time) == pytest.approx(50 / 60)


def test_devices_that_read_slow_nobodys_pictures():
    school = School()
    room = school.open()
    for n in range(60):
        school.join(n, consent=Consent(Camera.DEVICE))
    school.run(1)
    assert room.rate(school.time) == 2


def test_a_camera_of_the_room_counts_the_people_whom_it_sees():
    school = School()
    room = school.open()
    camera = room.room_camera()
    for _ in range(25):
        room.add(camera, bucket(*["happy"] * 6), school.time + 0.5)
        school.run(1)
    numbers = room.numbers(school.time)
    assert numbers.present == 6
    assert numbers.groups
