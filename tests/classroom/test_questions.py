"""Answers count for the question that they were given to, whatever the seconds are summed up to."""

import numpy as np
import pytest

from fer.classroom.anonymity import WINDOW_S, Gate
from fer.classroom.mode import Mode
from fer.classroom.pulse import ANSWERS, Answer, PulseBoard, Tally
from fer.classroom.questions import SETTLED_S
from fer.store.journal import Question
from fer.store.second import ClassSecond
from tests.classroom.replicas import Replicas
from tests.classroom.school import School

FIVE = range(5)


def opened(seconds):
    """A class without cameras, in which ten students have been for some seconds."""
    school = School()
    school.open(mode=Mode.PULSE, k=5)
    for n in range(10):
        school.join(n, None)
    school.run(seconds)
    return school


def answers(school, names, answer):
    question = school.room.question()
    for name in names:
        school.room.answer(school.students[name][0], answer, question.id, school.time)


def tallies(school):
    return [school.room.board.answers(question, 5) for question in school.room.questions.all]


def test_answers_within_a_window_count_for_their_question():
    """The seconds of a new class are summed up to windows, which end after the second question."""
    school = opened(2)
    school.room.ask("Clear so far?", school.time)
    answers(school, FIVE, Answer.YES)
    school.run(2)
    school.room.ask("Ready to go on?", school.time)
    school.run(2 * WINDOW_S)
    assert tallies(school) == [Tally(yes=5), None]


def test_answers_within_a_second_count_for_their_question():
    school = opened(3 * WINDOW_S)
    school.room.ask("Clear so far?", school.time)
    answers(school, FIVE, Answer.YES)
    school.room.ask("Ready to go on?", school.time + 0.2)
    answers(school, FIVE, Answer.LOST)
    school.run(SETTLED_S + 2)
    assert tallies(school) == [Tally(yes=5), Tally(lost=5)]


def test_an_answer_that_is_taken_back_is_taken_from_its_question():
    school = opened(3 * WINDOW_S)
    school.room.ask("Clear so far?", school.time)
    school.run(1)
    school.room.ask("Ready to go on?", school.time)
    answers(school, range(7), Answer.YES)
    school.leave(0)
    school.run(SETTLED_S + 2)
    assert tallies(school) == [None, Tally(yes=6)]


def test_after_a_question_alone_there_is_no_wait_for_the_next():
    school = opened(3 * WINDOW_S)
    first = school.room.ask("Clear so far?", school.time)
    school.room.end_question(school.time + 1, first)
    school.run(SETTLED_S + 2)
    school.room.ask("Ready to go on?", school.time)
    answers(school, FIVE, Answer.LOST)
    school.run(1)
    assert tallies(school) == [None, Tally(lost=5)]


@pytest.mark.parametrize("seconds", [4, 25], ids=["windows", "settled"])
def test_answers_at_another_process_that_has_not_heard_yet_count_for_their_question(url, seconds):
    replicas = Replicas(url)
    here, there = replicas.room, replicas.other_room
    question = here.ask("Clear so far?", replicas.school.time)
    replicas.run(seconds)
    here.ask("Ready to go on?", replicas.school.time)
    replicas.school.time += 1
    assert there.question() == question
    for student in replicas.students:
        there.answer(student, Answer.YES, question.id, replicas.school.time)
    for student, _ in list(replicas.school.students.values()):
        here.answer(student, Answer.LOST, here.question().id, replicas.school.time)
    replicas.run(25)
    assert here.question() == there.question() != question
    for room in (here, there):
        first, second = room.questions.all
        assert room.board.answers(first, 1) == Tally(yes=3)
        assert room.board.answers(second, 1) == Tally(lost=3)


def test_of_two_questions_that_are_asked_at_once_at_two_processes_one_stays(url):
    """The answers to the second one, and to all later ones, counted for the first as well."""
    replicas = Replicas(url)
    here, there = replicas.room, replicas.other_room
    replicas.run(12)
    here.ask("Clear so far?", replicas.school.time)
    there.ask("Ready to go on?", replicas.school.time)
    replicas.run(2)
    standing = here.question()
    assert there.question() == standing is not None
    for student in replicas.students:
        there.answer(student, Answer.YES, standing.id, replicas.school.time)
    for student, _ in list(replicas.school.students.values()):
        here.answer(student, Answer.LOST, standing.id, replicas.school.time)
    replicas.run(12)
    for room in (here, there, replicas.other.past(here.id)):
        assert [room.board.answers(question, 5) for question in room.questions.all] == [
            None,
            Tally(yes=3, lost=3),
        ]


def test_only_answers_are_kept_by_the_second():
    """Presses are shown one by one, so their time is not said more exactly than that of faces."""
    rows = [
        ClassSecond(second, present=8, sharing=8, pressed=np.ones(7)) for second in range(WINDOW_S)
    ]
    whole, *seconds = Gate(5).take(rows, WINDOW_S - 1)
    assert whole.pressed.tolist() == [10.0] * 4 + [0.0] * 3
    assert [(row.second, row.length, row.present, row.sharing) for row in seconds] == [
        (second, 1, 8, 0) for second in range(WINDOW_S)
    ]
    assert all(row.pressed.tolist() == [0.0] * 4 + [1.0] * 3 for row in seconds)
    assert not any(row.mood.any() for row in seconds)


def test_with_fewer_than_k_students_no_answer_is_kept():
    rows = [ClassSecond(second, present=8, pressed=np.ones(7)) for second in range(WINDOW_S)]
    rows[3] = ClassSecond(3, present=4, pressed=np.ones(7))
    assert Gate(5).take(rows, WINDOW_S - 1) == []


def test_late_answers_change_no_count_that_was_shown():
    """Whoever saw both counts could work out two answers from their difference."""
    board, question = PulseBoard(), Question("a", "Clear so far?", 0)
    for second in range(5):
        board.add(10 + second, yes(second != 4))
    shown = board.answers(question, 5)
    board.add(9, yes(True))
    assert board.answers(question, 5) == shown == Tally(yes=4, lost=1)


def yes(is_yes):
    pressed = np.zeros(7)
    pressed[ANSWERS] = [1, 0, 0] if is_yes else [0, 0, 1]
    return pressed
