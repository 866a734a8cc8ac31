"""Presses and answers of students who reload the page, lose the connection, or leave."""

import pytest

from fer.classroom.mode import Mode
from fer.classroom.numbers import Waiting
from fer.classroom.presses import Presses
from fer.classroom.pulse import FADED, Answer, Pulse, Tally
from tests.classroom.school import School


@pytest.fixture
def school():
    """Six students in a class that shows numbers of five."""
    school = School()
    school.open(mode=Mode.PULSE, k=5)
    for n in range(6):
        school.join(n, None)
    school.run(15)
    return school


def answer(school, name, answer):
    school.room.answer(school.students[name][0], answer, school.room.question().id, school.time)


def reload(school, name):
    student = school.students[name][0]
    school.room.disconnected(student)
    school.room.connected(student, school.time)


def numbers(school):
    school.run(1)
    return school.room.numbers(school.time)


def tally(school):
    return numbers(school).tally


def test_a_reload_of_the_page_lets_nobody_answer_twice(school):
    """The other's answer could be worked out from four of one's own."""
    question = school.room.ask("Clear so far?", school.time)
    for _ in range(4):
        answer(school, 0, Answer.YES)
        school.run(1)
        reload(school, 0)
    assert school.room.answered(school.students[0][0], question.id) is Answer.YES
    answer(school, 1, Answer.LOST)
    assert tally(school) is None
    for name in (2, 3, 4):
        answer(school, name, Answer.SO_SO)
    assert tally(school) == Tally(yes=1, so_so=3, lost=1)


def test_a_reload_of_the_page_lets_nobody_press_twice(school):
    for _ in range(4):
        school.room.press(school.students[0][0], Pulse.LOST, school.time)
        school.run(1)
        reload(school, 0)
    assert school.room.board.levels(school.t)[Pulse.LOST] == pytest.approx(1, abs=0.05)


def test_whoever_joins_again_answers_again_but_counts_once(school):
    school.room.ask("Clear so far?", school.time)
    for n in range(5):
        answer(school, 0, Answer.LOST if n else Answer.YES)
        school.run(1)
        school.leave(0)
        school.join(0, None)
    answer(school, 0, Answer.SO_SO)
    for name in (1, 2, 3):
        answer(school, name, Answer.YES)
    assert tally(school) is None
    answer(school, 4, Answer.YES)
    assert tally(school) == Tally(yes=4, so_so=1)


def test_whoever_joins_again_counts_once_although_too_few_are_here_meanwhile(school):
    """In a class of exactly k, the end of an answer comes in a second that nobody may see."""
    school.leave(5)
    school.room.ask("Clear so far?", school.time)
    answer(school, 1, Answer.LOST)
    for _ in range(6):
        answer(school, 0, Answer.YES)
        school.run(2)
        school.leave(0)
        school.run(2)
        school.join(0, None)
        assert tally(school) is None
    for name in (0, 2, 3, 4):
        answer(school, name, Answer.SO_SO)
    assert tally(school) == Tally(so_so=4, lost=1)


def test_what_is_pressed_and_answered_while_too_few_are_here_counts_once_enough_are(school):
    school.leave(5)
    school.leave(4)
    school.room.ask("Clear so far?", school.time)
    answer(school, 0, Answer.YES)
    school.room.press(school.students[0][0], Pulse.LOST, school.time)
    assert isinstance(numbers(school), Waiting)
    school.join(4, None)
    school.run(2)
    for name in range(1, 5):
        answer(school, name, Answer.LOST)
    assert tally(school) == Tally(yes=1, lost=4)
    school.room.press(school.students[1][0], Pulse.LOST, school.time)
    assert numbers(school).pulse[Pulse.LOST] == pytest.approx(2, abs=0.2)
    school.room.press(school.students[0][0], Pulse.CLEAR, school.time)
    assert numbers(school).pulse[Pulse.LOST] == pytest.approx(1, abs=0.1)
    school.leave(0)
    for name in (5, 6):
        school.join(name, None)
        answer(school, name, Answer.YES)
    assert tally(school) == Tally(yes=1, lost=4)


def test_what_was_not_seen_does_not_count_for_the_next_question(school):
    school.leave(5)
    school.leave(4)
    school.room.ask("Clear so far?", school.time)
    answer(school, 0, Answer.YES)
    school.run(1)
    school.join(4, None)
    school.room.ask("Ready to go on?", school.time)
    school.run(10)
    for name in range(1, 5):
        answer(school, name, Answer.LOST)
    assert tally(school) is None
    answer(school, 0, Answer.LOST)
    assert tally(school) == Tally(lost=5)


def test_another_question_takes_new_answers_and_the_class_forgets_them_at_its_end(school):
    for text in ("Clear so far?", "Ready to go on?"):
        question = school.room.ask(text, school.time)
        answer(school, 0, Answer.YES)
        assert school.room.answered(school.students[0][0], question.id) is Answer.YES
        school.run(20)
    school.room.close(school.time)
    assert school.room.answered(school.students[0][0], question.id) is None


def test_a_press_is_forgotten_when_it_has_faded():
    presses = Presses(half_life_s=10)
    presses.press("a", Pulse.LOST, 0.0)
    presses.press("b", Pulse.LOST, 10 * FADED + 1.0)
    presses.take(0)
    presses.press("a", Pulse.CLEAR, 10 * FADED + 2.0)
    assert presses.take(1).tolist() == [0, 0, 0, 1, 0, 0, 0]
