"""The students of a class who are connected to this process, and their sums for each second."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from fer.classroom.cohort import Cohort
from fer.classroom.consent import Camera
from fer.classroom.outliers import Outliers
from fer.classroom.presses import Presses
from fer.classroom.seat import Seat, Tile
from fer.classroom.ticket import Student
from fer.mood.bucket import MoodBucket, aligned
from fer.store.second import ClassSecond

MOST_SECONDS = 3600
"""Most seconds that are closed at once; after a longer sleep of the machine the rest are lost."""

PICTURES_PER_S = 50.0
"""How many pictures a second all students of a class together should send."""

FASTEST, SLOWEST = 2.0, 0.5
"""Most and fewest pictures a second that one student should send."""


class Roster:
    """Who is here, and what they add to each second. Only one thread at a time may use it.

    Attributes:
        presses: what those who are or were here have pressed.
    """

    def __init__(self, opened: float, k: int, half_life_s: float) -> None:
        """Args:
        opened: when second 0 began, in seconds since 1970.
        k: by how many students at once the group changes, as `fer.classroom.cohort` explains.
        half_life_s: seconds after which a press counts half.
        """
        self._opened = opened
        self.presses = Presses(half_life_s)
        self._seats: dict[str, Seat] = {}
        self._hidden: set[str] = set()
        self._next: int | None = None
        self._cohort = Cohort(k)
        self._outliers = Outliers(k)
        self._before: set[str] | None = None

    def seat(self, student: Student, now: float) -> Seat:
        """Returns the seat of a student, and notes that the student is here now."""
        if student.key in self._hidden:
            # The caller, or the database, may not know yet.
            student = replace(student, consent=student.consent.unseen())
        seat = self._seats.get(student.key)
        if seat is None:
            seat = self._seats[student.key] = Seat(student, now)
        seat.student = student
        seat.seen = max(seat.seen, now)
        return seat

    def find(self, student: Student, now: float) -> Seat | None:
        """Returns the seat of a student who is here, or None for one who has left.

        A reading may still arrive after its student has left, and must not bring them back.
        """
        return self.seat(student, now) if student.room or student.key in self._seats else None

    def hide(self, student: Student) -> Student:
        """Never list a student among the tiles again; returns the student with that consent."""
        self._hidden.add(student.key)
        unseen = replace(student, consent=student.consent.unseen())
        if (seat := self._seats.get(student.key)) is not None:
            seat.hide(unseen)
        return unseen

    def forget(self, student: Student, now: float) -> None:
        """Forget the readings of a student, who stays in the class."""
        if (seat := self._seats.get(student.key)) is not None:
            seat.forget(now)

    def leave(self, student: Student) -> None:
        """Forget a student."""
        self._seats.pop(student.key, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._seats.clear()
        self._hidden.clear()
        self.presses.clear()

    def present(self, now: float) -> int:
        """Returns how many people are here.

        That is the number of connected students, or of faces that all cameras see, if it is larger.
        """
        students = sum(seat.is_here(now) for seat in self._seats.values() if not seat.student.room)
        return max(students, sum(s.persons for s in self._seats.values() if s.shares_at(now)))

    def senders(self, now: float) -> int:
        """Returns how many of those who are here may send pictures."""
        return sum(seat.is_here(now) for seat in self._with_pictures())

    def rate(self, now: float) -> float:
        """Returns how many pictures a second each student who sends pictures should send now."""
        sending = sum(seat.shares_at(now) for seat in self._with_pictures())
        return min(FASTEST, max(SLOWEST, PICTURES_PER_S / max(sending, 1)))

    def _with_pictures(self) -> Iterator[Seat]:
        for seat in self._seats.values():
            if seat.student.consent.camera is Camera.PICTURES:
                yield seat

    def tiles(self, now: float) -> list[Tile]:
        """Returns the students who agreed to be seen individually, sorted by nickname."""
        tiles = [
            Tile(
                seat.student.consent.nickname,
                None if not seat.shares_at(now) or seat.shares is None else _tuple(seat.shares),
                seat.is_unsure,
                seat.shares_at(now) and seat.long_unpleasant(now),
            )
            for seat in self._seats.values()
            if seat.student.consent.individual and seat.is_here(now)
        ]
        return sorted(tiles, key=lambda tile: (tile.nickname is None, tile.nickname))

    def close(self, now: float) -> list[ClassSecond]:
        """Returns the seconds that have ended since the last call, as they were when each ended."""
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
        students = {key: seat for key, seat in sharing.items() if key not in rooms}
        odd = self._outliers.step(second, students)
        group, moved = self._cohort.step(second, students.keys() - odd)
        # Nobody knows who was here before the first second.
        moved |= rooms != self._before
        self._before = rooms
        persons = sum(sharing[key].persons for key in (*group, *rooms))
        # The few students who are left out count as if they looked like the others.
        scale = len(students) / max(len(group), 1)
        sums = [scale * _sum(sharing[key] for key in group), _sum(sharing[key] for key in rooms)]
        return ClassSecond(
            second,
            present=max(present, persons),
            sharing=persons,
            moved=int(moved),
            mood=aligned(sums).sum(axis=0),
            pressed=self.presses.take(second),
        )


def _sum(seats: Iterable[Seat]) -> np.ndarray:
    return aligned([MoodBucket().numbers, *(seat.numbers for seat in seats)]).sum(axis=0)


def _tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
