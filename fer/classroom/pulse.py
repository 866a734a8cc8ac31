"""The pulse of a class: presses, which fade, and answers to a question. Nobody's name is kept."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fer.store.journal import Question


class Pulse(StrEnum):
    """What a student can say at any time with one press."""

    LOST = "lost"
    SLOWER = "slower"
    FASTER = "faster"
    CLEAR = "clear"


class Answer(StrEnum):
    """The possible answers to a question such as "Clear so far?"."""

    YES = "yes"
    SO_SO = "so-so"
    LOST = "lost"


BUTTONS: tuple[Pulse | Answer, ...] = (*Pulse, *Answer)
"""Everything that can be pressed, in the order of `fer.store.second.ClassSecond.pressed`."""

PULSES = slice(0, len(Pulse))
ANSWERS = slice(len(Pulse), len(BUTTONS))

HALF_LIFE_S = 40.0
"""Seconds after which a press counts half, unless the settings say otherwise. After two minutes, an
eighth of it is left."""

FADED = 20
"""Half-lives after which a press no longer counts."""


@dataclass(frozen=True)
class Tally:
    """How many students gave each answer."""

    yes: int = 0
    so_so: int = 0
    lost: int = 0


class PulseBoard:
    """The presses of a class over time, without who pressed. Threads may share a board."""

    def __init__(self, half_life_s: float = HALF_LIFE_S) -> None:
        self.half_life_s = half_life_s
        self._lock = threading.Lock()
        # In order of time.
        self._times: list[int] = []
        self._pressed: list[np.ndarray] = []
        # In the order in which they came, so that late ones change no count that was shown.
        self._answers: list[tuple[int, np.ndarray]] = []

    def add(self, second: int, pressed: np.ndarray) -> None:
        """Add presses.

        Args:
            second: when they came, in seconds since the class was opened.
            pressed: float (7,), in the order of `BUTTONS`.
        """
        pressed = np.asarray(pressed, float)
        with self._lock:
            if np.any(pressed[PULSES]):
                place = bisect_right(self._times, second)
                self._times.insert(place, second)
                self._pressed.insert(place, pressed[PULSES])
            if np.any(pressed[ANSWERS]):
                self._answers.append((second, pressed[ANSWERS]))

    def levels(self, second: float) -> dict[Pulse, float]:
        """Returns how many students press each button, where earlier presses count less.

        Args:
            second: the time, in seconds since the class was opened.
        """
        row = self.history([second])[0]
        return dict(zip(Pulse, row.tolist(), strict=True))

    def history(self, times: Sequence[float] | np.ndarray) -> np.ndarray:
        """Returns the levels of `Pulse` at n times, float64 (n, 4).

        Args:
            times: in seconds since the class was opened, ascending.
        """
        first = times[0] - FADED * self.half_life_s if len(times) else 0.0
        with self._lock:
            start = bisect_left(self._times, first)
            at, pressed = self._times[start:], self._pressed[start:]
        levels = np.zeros((len(times), len(Pulse)))
        level, place, before = np.zeros(len(Pulse)), 0, first
        for row, time in enumerate(times):
            level = level * remaining(time - before, self.half_life_s)
            while place < len(at) and at[place] <= time:
                left = remaining(time - at[place], self.half_life_s)
                level = level + left * pressed[place]
                place += 1
            levels[row], before = level, time
        return np.maximum(levels, 0.0)

    def answers(self, question: Question, k: int) -> Tally | None:
        """Returns the answers to a question, or None before there are `k`.

        They change only in steps of at least `k` answers, so that no single one can be seen.
        """
        until = math.inf if question.ended is None else question.ended
        shown, total, count = None, np.zeros(len(Answer)), 0
        with self._lock:
            answers = [row for second, row in self._answers if question.asked <= second < until]
        for row in answers:
            total = total + row
            if round(total.sum()) - count >= k:
                shown, count = total, round(total.sum())
        return None if shown is None else Tally(*(round(number) for number in shown.tolist()))


def remaining(age_s: float | np.ndarray, half_life_s: float) -> np.ndarray:
    """Returns how much of a press is left after `age_s` seconds, from 1 at first down to 0."""
    return np.asarray(0.5 ** (np.asarray(age_s, float) / half_life_s))
