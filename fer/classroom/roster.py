"""The students of a class that are connected to this process, second by second as sums."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from fer.classroom.cohort import Cohort
from fer.classroom.pulse import BUTTONS, Answer, Pulse
from fer.classroom.seat import Seat, Tile
from fer.classroom.ticket import Student
from fer.mood.bucket import MoodBucket
from fer.store.second import PRESSES, ClassSecond

MOST_SECONDS = 3600
"""Seconds that may be made up for at once; of a longer sleep of the machine nothing is known."""


class Roster:
    """Who is here, and what they add to each second. Not for several threads at once."""

    def __init__(self, opened: float, k: int, half_life_s: float) -> None:
        """Args:
        opened: when second 0 began, s since 1970.
        k: see `fer.classroom.cohort`.
        half_life_s: of presses, see `fer.classroom.pulse`.
        """
        self._opened, self._half_life_s = opened, half_life_s
        self._seats: dict[str, Seat] = {}
        self._pressed = np.zeros(PRESSES)
        self._next: int | None = None
        self._cohort = Cohort(k)
        self._before: set[str] | None = None

    def seat(self, student: Student, now: float) -> Seat:
        """The seat of a student, who is here now."""
        seat = self._seats.get(student.key)
        if seat is None:
            seat = self._seats[student.key] = Seat(student, now)
        seat.seen = max(seat.seen, now)
        return seat

    def find(self, student: Student, now: float) -> Seat | None:
        """The seat of a student who is here; None for one who has gone.

        A reading may still be under way when its student leaves, and must not bring them back.
        """
        return self.seat(student, now) if student.room or student.key in self._seats else None

    def withdraw(self, student: Student, now: float) -> None:
        """Forget a student's readings; they stay here."""
        if (seat := self._seats.get(student.key)) is not None:
            seat.forget(now)

    def leave(self, student: Student) -> None:
        """Forget a student."""
        self._seats.pop(student.key, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._seats.clear()

    def press(self, student: Student, pulse: Pulse, now: float) -> None:
        """Count a press."""
        if (seat := self.find(student, now)) is not None:
            for button, change in seat.press(pulse, now, self._half_life_s).items():
                self._pressed[BUTTONS.index(button)] += change

    def answer(self, student: Student, answer: Answer, question: str, now: float) -> None:
        """Count the first answer of a student to a question; later ones change nothing."""
        seat = self.find(student, now)
        if seat is not None and seat.answered != question:
            seat.answered = question
            self._pressed[BUTTONS.index(answer, len(Pulse))] += 1

    def present(self, now: float) -> int:
        """How many are here: students connected, or the people whom a room's camera sees too."""
        students = sum(seat.is_here(now) for seat in self._seats.values() if not seat.student.room)
        return max(students, sum(s.persons for s in self._seats.values() if s.shares_at(now)))

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
        present = sum(not seat.student.room for seat in self._seats.values())
        rooms = {key for key, seat in sharing.items() if seat.student.room}
        group, moved = self._cohort.step(second, sharing.keys() - rooms)
        # Of who was here before the first second nothing is known.
        moved |= rooms != self._before
        self._before = rooms
        persons = sum(sharing[key].persons for key in (*group, *rooms))
        # The few who are left out are taken to look as the others do.
        scale = (len(sharing) - len(rooms)) / max(len(group), 1)
        pressed, self._pressed = self._pressed, np.zeros(PRESSES)
        return ClassSecond(
            second,
            present=max(present, persons),
            sharing=persons,
            moved=int(moved),
            mood=scale * _sum(sharing[key] for key in group) + _sum(sharing[key] for key in rooms),
            pressed=pressed,
        )


def _sum(seats: Iterable[Seat]) -> np.ndarray:
    return np.sum([MoodBucket().numbers, *(seat.numbers for seat in seats)], axis=0)


def _tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
