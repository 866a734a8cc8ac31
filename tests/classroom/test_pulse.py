import numpy as np
import pytest

from fer.classroom.pulse import BUTTONS, Answer, Pulse, PulseBoard, Tally
from fer.store.journal import Question


def pressed(*buttons):
    row = np.zeros(len(BUTTONS))
    for button in buttons:
        row[BUTTONS.index(button, len(Pulse) if isinstance(button, Answer) else 0)] += 1
    return row


def test_presses_fade_by_half_in_each_half_life():
    board = PulseBoard(half_life_s=40)
    board.add(10, pressed(Pulse.LOST, Pulse.LOST, Pulse.CLEAR))
    assert board.levels(10) == {"lost": 2, "slower": 0, "faster": 0, "clear": 1}
    assert board.levels(50)[Pulse.LOST] == pytest.approx(1)
    assert board.levels(130)[Pulse.LOST] == pytest.approx(2 / 8)
    assert board.levels(9)[Pulse.LOST] == 0
    assert board.history([9, 10, 50])[:, 0] == pytest.approx([0, 2, 1])


def test_a_board_without_presses_is_empty():
    assert PulseBoard().levels(5) == dict.fromkeys(Pulse, 0)


def test_answers_come_in_steps_of_k():
    board, question = PulseBoard(), Question("a", "Clear so far?", 10)
    shown = []
    for second in range(12):
        board.add(10 + second, pressed(Answer.YES if second % 2 else Answer.LOST))
        shown.append(board.answers(question, 5))
    assert shown[:4] == [None] * 4
    assert shown[4:9] == [Tally(yes=2, lost=3)] * 5
    assert shown[9:] == [Tally(yes=5, lost=5)] * 3


def test_answers_count_for_their_question_only():
    board = PulseBoard()
    board.add(5, pressed(*[Answer.YES] * 5))
    board.add(15, pressed(*[Answer.LOST] * 5))
    assert board.answers(Question("a", "", 0, 10), 5) == Tally(yes=5)
    assert board.answers(Question("b", "", 10), 5) == Tally(lost=5)
    assert board.levels(15)[Pulse.LOST] == 0


def test_hours_of_presses_add_up_as_if_counted_one_by_one():
    board, rng = PulseBoard(half_life_s=30), np.random.default_rng(1)
    seconds = rng.permutation(2000)
    presses = {}
    for second in seconds.tolist():  # late ones come out of order
        presses[second] = pressed(*rng.choice(list(Pulse), 2))
        board.add(second, presses[second])
    times = [0, 5, 6, 1000, 1999, 2500]
    slow = [
        sum(0.5 ** ((t - at) / 30) * row[:4] for at, row in presses.items() if at <= t)
        for t in times
    ]
    assert board.history(times) == pytest.approx(np.array(slow), abs=1e-4)
