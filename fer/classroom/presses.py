"""What each student pressed last and answered, so that nobody counts twice, and the sums of it."""

from __future__ import annotations

import numpy as np

from fer.classroom.pulse import BUTTONS, FADED, Answer, Pulse, remaining
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
        self._sums = np.zeros(PRESSES)

    def press(self, key: str, pulse: Pulse, now: float) -> None:
        """Count a press. What is left of the student's earlier one is taken back.

        Args:
            key: of the student's ticket.
            pulse: the button.
            now: the time in seconds since 1970.
        """
        if (earlier := self._last.pop(key, None)) is not None:
            button, at = earlier
            self._sums[BUTTONS.index(button)] -= remaining(now - at, self._half_life_s)
        self._sums[BUTTONS.index(pulse)] += 1
        self._last[key] = pulse, now
        while now - next(iter(self._last.values()))[1] > FADED * self._half_life_s:
            del self._last[next(iter(self._last))]

    def answer(self, key: str, answer: Answer, question: str) -> None:
        """Count a student's first answer to a question; later answers change nothing.

        Args:
            key: of the student's ticket.
            answer: the answer.
            question: the id of the open question.
        """
        if question != self._question:
            self._question, self._answers = question, {}
        if key not in self._answers:
            self._answers[key] = answer
            self._sums[_place(answer)] += 1

    def answered(self, key: str, question: str) -> Answer | None:
        """Returns the answer of a student that counts for a question, or None."""
        return self._answers.get(key) if question == self._question else None

    def leave(self, key: str, question: str) -> None:
        """Forget a student, and take back the answer to the open question.

        A student who joins again gets another ticket, and may then answer again.

        Args:
            key: of the student's ticket.
            question: the id of the open question; "" if there is none.
        """
        self._last.pop(key, None)
        if question == self._question and (answer := self._answers.pop(key, None)) is not None:
            self._sums[_place(answer)] -= 1

    def clear(self) -> None:
        """Forget who pressed and answered."""
        self._last.clear()
        self._answers.clear()

    def take(self) -> np.ndarray:
        """Returns what has been added since the last call, float64 (7,) in the order of
        `BUTTONS`."""
        sums, self._sums = self._sums, np.zeros(PRESSES)
        return sums


def _place(answer: Answer) -> int:
    return BUTTONS.index(answer, len(Pulse))  # a pulse is called "lost", too
