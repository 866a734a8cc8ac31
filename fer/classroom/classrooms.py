"""The classes of this process."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

from fer.classroom.anonymity import DEFAULT_K, Gate, checked_k
from fer.classroom.classroom import Classroom
from fer.classroom.join_code import is_code, new_code, tidy_code
from fer.classroom.mode import Mode
from fer.classroom.pulse import HALF_LIFE_S
from fer.classroom.refusal import ClassOver, WrongCode
from fer.mood.prevalence import Prevalence
from fer.store.class_facts import ClassFacts
from fer.store.memory import MemoryStore

LONGEST_TITLE = 120


class Classrooms:
    """Opens, finds and closes classes. All methods may be called from any thread.

    `start` makes a thread that lets the classes and the database meet every second.
    """

    def __init__(
        self,
        store: MemoryStore,
        prevalence: Prevalence | None = None,
        *,
        half_life_s: float = HALF_LIFE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args:
        store: where classes are kept.
        prevalence: of the network that reads the students' faces.
        half_life_s: of presses, see `fer.classroom.pulse`.
        clock: the time, s since 1970; of a test.
        """
        self._store = store
        self._prevalence = prevalence
        self._half_life_s = half_life_s
        self._clock = clock
        self._lock = threading.RLock()
        self._rooms: dict[str, Classroom] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def open(
        self,
        title: str,
        *,
        mode: Mode,
        owner: str = "",
        k: int = DEFAULT_K,
        rehearsal: bool = False,
        individual: bool = False,
        ends: float | None = None,
    ) -> Classroom:
        """Open a class.

        Args:
            title: for people.
            mode: whether students may share cameras.
            owner: who may see it, see `fer.access.roles.Person.owner`.
            k: numbers of fewer students are not shown, see `fer.classroom.anonymity`.
            rehearsal: somebody tries it out alone: numbers of one person are shown.
            individual: whether students may be offered to be seen individually.
            ends: when it is over by itself, s since 1970.

        Raises:
            ValueError: k is too small.
            StoreError: the database cannot be reached.
        """
        facts = ClassFacts(
            id=secrets.token_hex(8),
            code=new_code(),
            title=" ".join(title.split())[:LONGEST_TITLE],
            owner=owner,
            mode=Mode(mode),
            k=checked_k(k, rehearsal),
            individual=individual,
            opened=float(int(self._clock())),
            ends=ends,
        )
        self._store.open_class(facts)
        return self._room(facts)

    def by_code(self, text: str) -> Classroom:
        """The class that a student means by what they typed in.

        Raises:
            WrongCode, ClassOver: there is none.
            StoreError: the database cannot be reached.
        """
        code = tidy_code(text)
        facts = self._store.by_code(code) if is_code(code) else None
        if facts is None:
            raise WrongCode
        if facts.over(self._clock()) is not None:
            raise ClassOver
        return self._room(facts)

    def by_id(self, class_id: str) -> Classroom | None:
        """A class that goes on; None where there is none.

        Raises:
            StoreError: the database cannot be reached.
        """
        with self._lock:
            if (room := self._rooms.get(class_id)) is not None:
                return room
        facts = self._store.by_id(class_id)
        if facts is None or facts.over(self._clock()) is not None:
            return None
        return self._room(facts)

    def close(self, class_id: str) -> None:
        """End a class.

        Raises:
            StoreError: the database cannot be reached.
        """
        room = self.by_id(class_id)
        if room is None:
            return
        room.close(self._clock())
        self._meet(room)
        assert room.closed is not None
        self._store.close_class(class_id, room.closed)
        with self._lock:
            self._rooms.pop(class_id, None)

    def meet(self) -> None:
        """Let all classes and the database meet once; ends those whose time is up."""
        with self._lock:
            rooms = list(self._rooms.values())
        for room in rooms:
            if room.closed is None:
                self._meet(room)
            else:
                self.close(room.id)

    def start(self) -> None:
        """Meet every second, on a thread, until `stop`."""
        self._thread = threading.Thread(target=self._run, name="classes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stopped.wait(1 - self._clock() % 1):
            self.meet()
        self.meet()

    def _meet(self, room: Classroom) -> None:
        rows = room.outgoing(self._clock())
        until = int(room.now) - 1
        seen = self._store.exchange(room.id, rows, until, lambda: Gate(room.k))
        room.sent(rows)
        room.receive(seen)

    def _room(self, facts: ClassFacts) -> Classroom:
        with self._lock:
            room = self._rooms.get(facts.id)
            if room is None:
                room = self._rooms[facts.id] = Classroom(
                    facts,
                    self._store,
                    self._prevalence,
                    half_life_s=self._half_life_s,
                    clock=self._clock,
                )
            return room
