"""Who is left out of the sums of a large class because they look like nobody else for minutes.

A device may send numbers of its own making, and a virtual camera any face. Such a student counts
as one among all; this keeps a few of them from moving the shares of a large class at all. It is a
trimmed mean: at most a tenth of the students are left out, those who were farthest from the
middle of the class over the last minutes, and only if they were far from it.

Each student's distance is all that is kept for it, one number that names no emotion. Who is left
out changes once a minute at most, and for `fer.classroom.cohort` they have left: so nobody's
reading can be worked out from the change.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fer.classroom.seat import Seat
from fer.mood.bucket import aligned, classes_of

SMALLEST_CLASS = 20
"""Fewest students with readings among whom anybody is left out."""

MOST = 0.1
"""Largest part of them that is left out."""

FAR = 0.8
"""Mean distance from the middle of the class above which a student may be left out: half the sum
of the differences of the probabilities, from 0 to 1."""

MEMORY_S = 60.0
"""Time constant in seconds of the mean distance. A student who is at the distance 0.95 all the time
passes `FAR` after two minutes."""

CHOSEN_FOR_S = 60
"""Seconds for which a choice holds."""


class Outliers:
    """Chooses who is left out. Only one thread at a time may use it."""

    def __init__(self, k: int) -> None:
        """Args:
        k: by how many students at once the sums change, as `fer.classroom.cohort` explains.
        """
        self._smallest = max(SMALLEST_CLASS, 4 * k)
        self._chosen: frozenset[str] = frozenset()
        self._until = 0

    def step(self, second: int, seats: Mapping[str, Seat]) -> frozenset[str]:
        """Returns the keys of those who are left out of a second.

        Args:
            second: the number of the second; it grows from call to call.
            seats: the students who share readings in it, by their keys.
        """
        read = {key: seat for key, seat in seats.items() if seat.persons}
        if len(read) < self._smallest:
            self._chosen = frozenset()
            return self._chosen
        numbers = aligned([seat.numbers for seat in read.values()])
        faces = numbers[:, -classes_of(numbers) :]
        faces /= faces.sum(axis=1, keepdims=True)
        middle = np.median(faces, axis=0)
        distances = np.abs(faces - middle / middle.sum()).sum(axis=1) / 2
        for seat, distance in zip(read.values(), distances.tolist(), strict=True):
            seat.distance += (distance - seat.distance) / MEMORY_S
        if second >= self._until:
            far = [key for key, seat in read.items() if seat.distance > FAR]
            far.sort(key=lambda key: -read[key].distance)
            self._chosen = frozenset(far[: int(MOST * len(read))])
            self._until = second + CHOSEN_FOR_S
        return self._chosen
