"""The exchange between a class in the memory of this process and the database."""

from __future__ import annotations

import threading

from fer.classroom.alone import Alone
from fer.classroom.anonymity import Gate
from fer.classroom.classroom import Classroom
from fer.mood.window import Mark
from fer.store.history import Batch
from fer.store.journal import Question
from fer.store.store import Store


class Link:
    """Exchanges the news of one class with the database.

    Only one thread at a time may use it, but `go_on` may be called from another one meanwhile.
    """

    def __init__(self, room: Classroom, store: Store, process: str) -> None:
        """Args:
        room: the class.
        store: the database.
        process: the unique name of this process.
        """
        self.room = room
        self._store = store
        self._process = process
        self._number = 0
        self._serial = 0
        self._batch: Batch | None = None
        self._lock = threading.Lock()
        self._alone = Alone(room.k)
        self._marks: list[Mark] = []
        self._questions: list[Question] = []

    def meet(self, now: float) -> bool:
        """Write what is new in this process, and take what other processes have written.

        Returns:
            False if the class is over or was erased.

        Raises:
            StoreError: the database cannot be reached. Call again later: nothing is lost, and
                nothing is written twice.
        """
        left = True
        while left:
            with self._lock:
                batch = self._next(now)
            news = self._store.history.exchange(self.room.id, batch, now, self._serial, self._gate)
            if news is None:
                return False
            with self._lock:
                self._batch = None
                self.room.sent(batch.rows)
                self._serial = news.serial
                rows = self._alone.learn(batch, news)
                goes_on_alone = self._alone.gate is not None
                self.room.receive(rows, news.elsewhere, news.state[0], alone=goes_on_alone)
                left = goes_on_alone or bool(self.room.outgoing(now))
        self._meet_notes()
        return True

    def go_on(self, now: float) -> None:
        """Show what may be seen without the database, which does not answer.

        Nothing new is shown if students are connected to other processes, since only the database
        knows the sums over all of them.
        """
        with self._lock:
            if not self._alone.may_decide:
                return
            rows = self.room.outgoing(now)
            shown = self._alone.decide(rows, self._until(now))
            assert self._alone.gate is not None
            decided = self._alone.gate.decided
            self.room.sent([row for row in rows if row.second <= decided])
            self.room.receive(shown, until=decided, alone=True)

    def sign_off(self) -> None:
        """Tell the database that this process will not write any more."""
        self._store.history.sign_off(self.room.id, self._process)

    def _next(self, now: float) -> Batch:
        if self._batch is not None and self._alone.gate is None:
            # It is unknown whether the last batch was written, so the same batch is sent again.
            return self._batch
        self._number += 1
        rows, present = self.room.outgoing(now), self.room.present_here(now)
        batch = Batch(self._process, self._number, rows, self._until(now), present)
        self._batch = self._alone.handed_over(batch)
        return self._batch

    def _until(self, now: float) -> int:
        """Returns the last second of the class that is over."""
        return int(now - self.room.began) - 1

    def _gate(self, decided: int, settled: bool, sources: int) -> Gate:
        return Gate(self.room.k, decided, settled, sources)

    def _meet_notes(self) -> None:
        here = self.room.marks
        added = [mark for mark in here if mark not in self._marks]
        removed = [mark for mark in self._marks if mark not in here]
        there = self._store.journal.marks(self.room.id, added, removed)
        self.room.take_marks(here, there)
        self._marks = there
        asked = self.room.questions.all
        changed = [question for question in asked if question not in self._questions]
        self._questions = self._store.journal.questions(self.room.id, changed)
        self.room.questions.take(asked, self._questions)
