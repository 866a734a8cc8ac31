"""The group of students whose readings are summed up, which changes by at least k students at once.

If everybody who shares were summed up, the sums before and after one student came or went would
differ by that student's reading. So a student who comes waits until k students have changed. When
one goes, a few others are left out as well, chosen at random, and wait like those who came. Never
more than k - 1 students wait, and none of them for long, because they then change places with
others.

Two groups whose sums lie within a window are the same, or differ by at least k students. A class
with fewer than 2 k students is too small for that. There the group changes nevertheless and reports
it, and `fer.classroom.anonymity.Gate` puts a whole window between the two sums.
"""

from __future__ import annotations

from collections.abc import Set
from random import SystemRandom

from fer.classroom.anonymity import WINDOW_S

LONGEST_WAIT_S = 60
"""Seconds after which students who are not summed up change places with others."""

_TRIES = 8
"""How often the students to leave out are drawn, as a draw may repeat a group of a moment ago."""


class Cohort:
    """The students whose readings are summed up. Only one thread at a time may use it."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._random = SystemRandom()
        self._group: frozenset[str] = frozenset()
        self._waiting: dict[str, int] = {}
        self._recent: dict[frozenset[str], int] = {}

    def step(self, second: int, here: Set[str]) -> tuple[frozenset[str], bool]:
        """Choose the group of the next second.

        Args:
            second: the number of the second; it grows from call to call.
            here: the keys of the students who share readings in it.

        Returns:
            The keys of those whose readings are to be summed up, and whether the group changed by
            fewer than k.
        """
        self._recent = {
            group: last for group, last in self._recent.items() if second - last <= WINDOW_S
        }
        self._waiting = {
            key: self._waiting.get(key, second) for key in here if key not in self._group
        }
        moved = False
        if self._is_due(second, here):
            group = self._changed(here)
            moved = group is None
            if group is None:
                self._recent.clear()  # a window without single seconds begins
                group = frozenset(here)
            self._waiting = {key: second for key in here if key not in group}
            self._group = group
        self._recent[self._group] = second
        return self._group, moved

    def _is_due(self, second: int, here: Set[str]) -> bool:
        if self._group - here:
            return True
        if not self._waiting:
            return False
        overdue = second - min(self._waiting.values()) >= LONGEST_WAIT_S
        return len(self._waiting) >= self._k or len(self._group) < self._k or overdue

    def _changed(self, here: Set[str]) -> frozenset[str] | None:
        """Returns a group that differs by at least k from all recent ones, or None."""
        kept = sorted(self._group & here)
        left_out = max(0, self._k - len(self._waiting) - len(self._group - here))
        if len(kept) + len(self._waiting) - left_out < self._k or left_out > len(kept):
            return None
        for _ in range(_TRIES):
            out = self._random.sample(kept, left_out)
            group = frozenset({*kept, *self._waiting}.difference(out))
            if all(len(group ^ recent) >= self._k for recent in self._recent):
                return group
        return None
