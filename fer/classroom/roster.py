"""The students of a class that are connected to this process, second by second as sums."""

from __future__ import annotations

import math

import numpy as np

from fer.classroom.pulse import BUTTONS, Answer, Pulse
from fer.classroom.seat import Seat, Tile
from fer.classroom.ticket import Student
from fer.mood.bucket import MoodBucket
from fer.store.second import PRESSES, ClassSecond

MOST_SECONDS = 3600
"""Seconds that may be made up for at once; of a longer sleep of the machine nothing is known."""


class Roster:
    """Who is here, and what they add to each second. Not for several threads at once."""

    def __init__(self, opened: float, half_life_s: float) -> None:
        """Args:
        opened: when second 0 began, s since 1970.
        half_life_s: of presses, see `fer.classroom.pulse`.
        """
        self._opened, self._half_life_s = opened, half_life_s
        self._seats: dict[str, Seat] = {}
        self._pressed = np.zeros(PRESSES)
        self._next: int | None = None
        self._before: tuple[set[str], set[str]] | None = None

    def seat(self, student: Student, now: float) -> Seat:
        """The seat of a student, who is here now."""
        seat = self._seats.get(student.key)
        if seat is None:
            seat = self._seats[student.key] = Seat(student, now)
        seat.seen = max(seat.seen, now)
        return seat

    def withdraw(self, student: Student) -> None:
        """Forget a student's readings; they stay here."""
        if (seat := self._seats.get(student.key)) is not None:
            seat.forget()

    def leave(self, student: Student) -> None:
        """Forget a student."""
        self._seats.pop(student.key, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._seats.clear()

    def press(self, student: Student, pulse: Pulse, now: float) -> None:
        """Count a press."""
        for button, change in self.seat(student, now).press(pulse, now, self._half_life_s).items():
            self._pressed[BUTTONS.index(button)] += change

    def answer(self, student: Student, answer: Answer, question: str, now: float) -> None:
        """Count the first answer of a student to a question; later ones change nothing."""
        seat = self.seat(student, now)
        if seat.answered != question:
            seat.answered = question
            self._pressed[BUTTONS.index(answer, len(Pulse))] += 1

    def present(self, now: float) -> int:
        """How many are connected."""
        return sum(seat.is_here(now) for seat in self._seats.values() if not seat.student.room)

    def sharing(self, now: float) -> int:
        """How many connections bring readings."""
        return sum(seat.shares_at(now) for seat in self._seats.values())

    def tiles(self, now: float) -> list[Tile]:
        """Those who agreed to be seen individually; who needs attention first."""
        tiles = [
            Tile(
                seat.student.consent.nickname,
                None if not seat.shares_at(now) or seat.shares is None else _tuple(seat.shares),
                seat.shares_at(now) and seat.needs_attention(now),
            )
            for seat in self._seats.values()
            if seat.student.consent.individual and seat.is_here(now)
        ]
        return sorted(tiles, key=lambda tile: (not tile.needs_attention, tile.nickname or "~"))

    def close(self, now: float) -> list[ClassSecond]:
        """The seconds that are over since the last call, with what was known as each ended."""
        current = math.floor(now - self._opened)
        if self._next is None:
            self._next = current
        first = max(self._next, current - MOST_SECONDS)
        rows = [self._second(second) for second in range(first, current)]
        self._next = max(self._next, current)
        return rows

    def _second(self, second: int) -> ClassSecond:
        end = self._opened + second + 1
        for key in [key for key, seat in self._seats.items() if not seat.is_here(end)]:
            del self._seats[key]
        sharing = {key: seat for key, seat in self._seats.items() if seat.shares_at(end)}
        present = {key for key, seat in self._seats.items() if not seat.student.room}
        if self._before is None:  # who was here before is not known
            moved = max(1, len(present), len(sharing))
        else:
            moved = len((present ^ self._before[0]) | (set(sharing) ^ self._before[1]))
        self._before = present, set(sharing)
        pressed, self._pressed = self._pressed, np.zeros(PRESSES)
        return ClassSecond(
            second,
            present=max(len(present), persons := sum(seat.persons for seat in sharing.values())),
            sharing=persons,
            moved=moved,
            mood=np.sum([MoodBucket().numbers, *(s.numbers for s in sharing.values())], axis=0),
            pressed=pressed,
        )


def _tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
