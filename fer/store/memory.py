"""Classes in the memory of one process; they end with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from fer.store.class_facts import ClassFacts
from fer.store.second import ClassSecond


class Gate(Protocol):
    """What decides which rows may be seen."""

    decided: int
    settled: bool

    def take(self, rows: Sequence[ClassSecond], until: int) -> list[ClassSecond]:
        """The rows that may be seen."""


class MemoryStore:
    """Keeps classes, tickets and seconds until the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._classes: dict[str, ClassFacts] = {}
        self._tickets: dict[str, tuple[str, Any]] = {}
        self._gates: dict[str, Gate] = {}
        self._undecided: dict[str, list[ClassSecond]] = {}

    def open_class(self, facts: ClassFacts) -> None:
        """Keep a new class."""
        self._classes[facts.id] = facts

    def close_class(self, class_id: str, closed: float) -> None:
        """End a class, and its tickets with it."""
        self._classes[class_id] = replace(self._classes[class_id], closed=closed)
        self._tickets = {k: v for k, v in self._tickets.items() if v[0] != class_id}

    def by_code(self, code: str) -> ClassFacts | None:
        """The class with a code."""
        return next((facts for facts in self._classes.values() if facts.code == code), None)

    def by_id(self, class_id: str) -> ClassFacts | None:
        """The class with an id."""
        return self._classes.get(class_id)

    def add_ticket(self, key: str, class_id: str, consent: Any) -> None:
        """Keep a ticket."""
        self._tickets[key] = class_id, consent

    def ticket(self, key: str, class_id: str) -> Any:
        """What the holder of a ticket agreed to."""
        entry = self._tickets.get(key)
        return entry[1] if entry is not None and entry[0] == class_id else None

    def drop_ticket(self, key: str) -> None:
        """Forget a ticket."""
        self._tickets.pop(key, None)

    def exchange(
        self,
        class_id: str,
        rows: Sequence[ClassSecond],
        until: int,
        new_gate: Callable[[], Gate],
    ) -> list[ClassSecond]:
        """Write seconds, and return what may be seen since the last call."""
        with self._lock:
            gate = self._gates.setdefault(class_id, new_gate())
            waiting = [*self._undecided.get(class_id, ()), *rows]
            seen = gate.take(waiting, until)
            self._undecided[class_id] = [row for row in waiting if row.second > gate.decided]
            return seen
