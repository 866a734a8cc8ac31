"""The only place that decides which numbers of a class may be seen.

These rules hold for everything that leaves a class, for its instructor, its history and its
exports:

1. No number stands for fewer than k students.
2. The sums of two seconds within a window are over the same students, or over groups that differ by
   at least k students. `fer.classroom.cohort` chooses the groups.
3. A group may still change by fewer than k, because the class is small or because a process with
   some of its students was killed. From then on there are no numbers of single seconds until a
   whole window of `WINDOW_S` seconds has passed in which that did not happen again. Until then
   there is one number for each window, a sum over all of its seconds.

Answers to a question are counted in steps of at least k (`fer.classroom.pulse`), so their seconds
are not seen. They keep them also within a window, in which another question may have been asked.

docs/privacy.md says which attacks this stops and which it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fer.classroom.pulse import ANSWERS
from fer.mood.bucket import aligned
from fer.store.second import ClassSecond

DEFAULT_K = 5
SMALLEST_K = 3
"""With only two students, each could work out the other's reading. A rehearsal has k = 1."""

WINDOW_S = 10
"""Seconds that are summed up to one number after a group has changed by fewer than k."""


def checked_k(k: int, rehearsal: bool = False) -> int:
    """Returns the k of a new class.

    Raises:
        ValueError: it is smaller than `SMALLEST_K`.
    """
    if rehearsal:
        return 1
    if k < SMALLEST_K:
        raise ValueError(f"At least {SMALLEST_K} students are needed for anonymous numbers.")
    return k


class Gate:
    """Decides second by second what may be seen of a class. A decision is never changed."""

    def __init__(self, k: int, decided: int = -1, settled: bool = False, sources: int = 0) -> None:
        """Args:
        k: fewest students that a number may stand for.
        decided: the last second that has been decided.
        settled: whether no group changed by fewer than k in the window before it.
        sources: how many processes wrote that second. When this number changes, students have come
            or gone.
        """
        self.k, self.decided, self.settled, self.sources = k, decided, settled, sources

    def take(self, rows: Sequence[ClassSecond], until: int) -> list[ClassSecond]:
        """Returns what may be seen of the seconds after `decided`, as far as it can be decided.

        Args:
            rows: all seconds up to `until`, in any order; a missing one means that nothing is known
                of it. Hand in again those that `decided` has not reached afterwards.
            until: the last second that is over.
        """
        if self.k <= 1:  # somebody tries it out alone
            self.decided = max(self.decided, until)
            return sorted((row for row in rows if row.second <= until), key=lambda r: r.second)
        known = {row.second: row for row in rows if self.decided < row.second <= until}
        seen: list[ClassSecond] = []
        while self.decided < until:
            first = self.decided + 1
            row = known.get(first)
            if self.settled and row is not None and not self._moves(row):
                seen += self._allowed(row)
                self.decided = first
                continue
            self.settled = False
            if row is None:
                # Nothing is known of some seconds, for example because the server was down.
                self.decided = (
                    min((second for second in known if second > first), default=until + 1) - 1
                )
                if self.decided == until:
                    break
                first = self.decided + 1
            last = first + WINDOW_S - 1
            if last > until:
                break
            window = [known.get(second) for second in range(first, last + 1)]
            whole = [part for part in window if part is not None]
            seen += self._together(whole, first, WINDOW_S)
            self.sources = whole[0].sources
            self.settled = len(whole) == WINDOW_S and not any(map(self._moves, whole[1:]))
            self.sources = whole[-1].sources
            self.decided = last
        return seen

    def late(self, rows: Sequence[ClassSecond]) -> list[ClassSecond]:
        """Returns what may be seen of seconds that were decided without one process's students.

        Their sum is added to what has been seen of these seconds already, so it must stand for at
        least k students by itself.
        """
        if not rows:
            return []
        first = min(row.second for row in rows)
        length = max(row.second for row in rows) - first + 1
        if self.k > 1 and length < WINDOW_S:
            return []
        return self._together(rows, first, length)

    def _together(self, rows: Sequence[ClassSecond], first: int, length: int) -> list[ClassSecond]:
        """Returns what may be seen of a period: one row, and one for each second with answers."""
        whole = summed(rows, first, length)
        pressed = whole.pressed.copy()
        pressed[ANSWERS] = 0.0
        seen = self._allowed(replace(whole, pressed=pressed))
        for row in sorted(rows, key=lambda row: row.second) if seen else ():
            answered = np.zeros_like(pressed)
            answered[ANSWERS] = row.pressed[ANSWERS]
            if answered.any():
                seen.append(ClassSecond(row.second, present=whole.present, pressed=answered))
        return seen

    def _moves(self, row: ClassSecond) -> bool:
        return row.moved > 0 or row.sources != self.sources

    def _allowed(self, row: ClassSecond) -> list[ClassSecond]:
        """Returns the row without what stands for fewer than k students, or no row."""
        if row.present < self.k:
            return []
        if row.sharing < self.k:
            return [replace(row, sharing=0, mood=np.zeros_like(row.mood))]
        return [row]


def summed(rows: Sequence[ClassSecond], first: int, length: int) -> ClassSecond:
    """Returns several seconds as one row.

    Args:
        rows: those seconds of the period of which something is known.
        first: the first second of the period.
        length: how many seconds it has.
    """
    mood = aligned([row.mood for row in rows]).sum(axis=0)
    # Unknown seconds count as the mean of the known ones.
    return ClassSecond(
        first,
        length,
        min(row.present for row in rows),
        min(row.sharing for row in rows),
        sum(row.moved for row in rows),
        min(row.sources for row in rows),
        mood * length / len(rows),
        np.sum([row.pressed for row in rows], axis=0),
    )
