"""The questions that an instructor asks, one at a time."""

from __future__ import annotations

import math
import secrets
import threading
from dataclasses import replace

from fer.store.journal import Question

TWICE_S = 2.0
"""Seconds in which the same question is taken for the same press of a button."""

SETTLED_S = 4
"""Seconds after the end of a question in which answers still count for it, because another process
hears of the end up to two seconds later. Answers to the next question count from then on."""


class Questions:
    """All questions of a class, the newest last. Times: seconds since the class was opened.

    Threads may share an object.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._all: list[Question] = []

    @property
    def all(self) -> list[Question]:
        """A copy of the list of questions."""
        return list(self._all)

    @property
    def standing(self) -> Question | None:
        """The question that can be answered now, or None."""
        newest = self._all[-1] if self._all else None
        return newest if newest is not None and newest.ended is None else None

    def take(self, before: list[Question], now: list[Question]) -> None:
        """Replace the questions of `before` by those of `now`; others that came since stay.

        Two processes may each have asked one before they heard of the other's. The later one then
        replaces the other, in all processes alike.
        """
        with self._lock:
            since = [question for question in self._all if question not in before]
            newer = {question.id for question in since}
            both = [question for question in now if question.id not in newer] + since
            both.sort(key=_order)
            for place, later in enumerate(both[1:]):
                if both[place].ended is None:
                    both[place] = replace(both[place], ended=later.asked)
            self._all = both

    def ask(self, text: str, t: float) -> Question:
        """Ask a question, which replaces the open one.

        The second press of a double click asks nothing new: the open question is returned then.
        """
        with self._lock:
            open_ = self.standing
            if open_ is not None and open_.text == text and t - open_.asked < TWICE_S:
                return open_
            self.end(t)
            ended = self._all[-1].ended if self._all else None
            asked = max(math.floor(t), ended or 0)
            self._all.append(Question(secrets.token_hex(4), text, asked))
            return self._all[-1]

    def end(self, t: float) -> None:
        """Take no more answers to the open question, if there is one."""
        with self._lock:
            if self.standing is not None:
                self._all[-1] = replace(self._all[-1], ended=math.floor(t) + 1 + SETTLED_S)


def _order(question: Question) -> tuple[int, float]:
    return question.asked, math.inf if question.ended is None else question.ended
