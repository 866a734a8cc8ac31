"""What each student pressed last and answered, so that nobody counts twice, and the sums of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container

import numpy as np

from fer.classroom.pulse import (
    ANSWERS,
    BUTTONS,
    FADED,
    PULSES,
    Answer,
    Pulse,
    remaining,
)
from fer.store.journal import Question
from fer.store.second import PRESSES


class Presses:
    """The presses of a class in this process. Only one thread at a time may use it.

    They are kept by the ticket, which outlasts a lost connection and a reload of the page. A press
    is kept until it has faded, an answer until another question is answered.
    """

    def __init__(self, half_life_s: float) -> None:
        """Args:
        half_life_s: seconds after which a press counts half.
        """
        self._half_life_s = half_life_s
        self._last: dict[str, tuple[Pulse, float]] = {}  # in order of time
        self._question = ""
        self._answers: dict[str, Answer] = {}
        self._sums: defaultdict[int, np.ndarray] = defaultdict(lambda: np.zeros(PRESSES))
        """What is to be added to the next second, but to none before that of the key."""
        self._taken: dict[int, np.ndarray] = {}
        """What was added to each second of which it is not known yet whether it may be seen."""

    def press(self, key: str, pulse: Pulse, now: float) -> None:
        """Count a press. What is left of the student's earlier one is taken back.

        Args:
            key: of the student's ticket.
            pulse: the button.
            now: the time in seconds since 1970.
        """
        if (earlier := self._last.pop(key, None)) is not None:
            button, at = earlier
            self._sums[0][BUTTONS.index(button)] -= remaining(now - at, self._half_life_s)
        self._sums[0][BUTTONS.index(pulse)] += 1
        self._last[key] = pulse, now
        while now - next(iter(self._last.values()))[1] > FADED * self._half_life_s:
            del self._last[next(iter(self._last))]

    def answer(self, key: str, answer: Answer, question: Question) -> None:
        """Count a student's first answer to a question; later answers change nothing.

        Args:
            key: of the student's ticket.
            answer: the answer.
            question: the open question.
        """
        if question.id != self._question:
            self._question, self._answers = question.id, {}
        if key not in self._answers:
            self._answers[key] = answer
            self._sums[question.asked][_place(answer)] += 1

    def answered(self, key: str, question: str) -> Answer | None:
        """Returns the answer of a student that counts for the question with an id, or None."""
        return self._answers.get(key) if question == self._question else None

    def leave(self, key: str, question: Question | None) -> None:
        """Forget a student, and take back the answer to the open question.

        A student who joins again gets another ticket, and may then answer again.

        Args:
            key: of the student's ticket.
            question: the open question; None if there is none.
        """
        self._last.pop(key, None)
        if question is None or question.id != self._question:
            return
        if (answer := self._answers.pop(key, None)) is not None:
            self._sums[question.asked][_place(answer)] -= 1

    def clear(self) -> None:
        """Forget who pressed and answered."""
        self._last.clear()
        self._answers.clear()
        self._taken.clear()

    def take(self, second: int) -> np.ndarray:
        """Returns what is to be added to a second, float64 (7,) in the order of `BUTTONS`.

        Answers wait for the first second that counts for their question.

        Args:
            second: the number of the second since the class was opened; it grows from call to call.
        """
        due = [since for since in self._sums if since <= second]
        pressed = sum((self._sums.pop(since) for since in due), np.zeros(PRESSES))
        if pressed.any():
            self._taken[second] = pressed
        return pressed

    def decided(self, until: int, seen: Container[int], question: Question | None) -> None:
        """Add what nobody may see to the next second instead, as far as it counts there.

        Nothing may be lost while fewer than k students are here. A press or an answer that was not
        seen would be taken back from those of others. An answer whose end was not seen would go on
        counting, so that one student could leave, join and answer until k answers are counted.

        Args:
            until: the last second of which it is known what may be seen.
            seen: those of the seconds up to it that may be seen.
            question: the open question; None if there is none.
        """
        for second in [second for second in self._taken if second <= until]:
            pressed = self._taken.pop(second)
            if second in seen:
                continue
            self._sums[0][PULSES] += pressed[PULSES] * remaining(until - second, self._half_life_s)
            if question is not None and question.id == self._question and second >= question.asked:
                self._sums[question.asked][ANSWERS] += pressed[ANSWERS]


def _place(answer: Answer) -> int:
    return BUTTONS.index(answer, len(Pulse))  # a pulse is called "lost", too
