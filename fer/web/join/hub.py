"""All students who are connected to this process, and the messages for them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from fer.access.token_bucket import TokenBucket
from fer.classroom.classroom import Classroom
from fer.classroom.refusal import ClassOver
from fer.classroom.ticket import Student
from fer.web.join import texts
from fer.web.join.messages import Reason

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
"""Seconds between two checks for changes in the classes."""


class Connection(Protocol):
    """The part of a student's connection that the hub uses."""

    classroom: Classroom
    student: Student

    def tell(self, message: dict) -> None:
        """Send a message soon. It replaces an older message of its type that still waits."""

    def refuse(self, reason: Reason, text: str = "") -> None:
        """End the connection soon, and say why."""


class Hub:
    """The open connections. Use it on the event loop only."""

    def __init__(self, most: int = 3000, of_one_client: int = 1200, new_per_s: float = 5.0) -> None:
        """Args:
        most: how many connections may be open at one time, including those on which nobody has
            joined yet.
        of_one_client: how many of them may come from one client. It is high because all students
            of a school may share one address.
        new_per_s: how many connections a second one client may open in the long run. At once it
            may open `of_one_client`.
        """
        self._most = most
        self._of_one_client = of_one_client
        self._new_per_s = new_per_s
        self._new: OrderedDict[str, TokenBucket] = OrderedDict()
        self._clients: Counter[str] = Counter()
        self._students: dict[str, Connection] = {}
        self._said: dict[str, list[dict]] = {}

    @contextmanager
    def room(self, client: str) -> Iterator[bool]:
        """Count one more connection of a client while the block runs; yields whether it may stay.

        Args:
            client: such as `fer.web.client.client_of` returns.
        """
        full = self._clients.total() >= self._most or self._clients[client] >= self._of_one_client
        if full or self._too_soon(client, time.monotonic()):
            yield False
            return
        self._clients[client] += 1
        try:
            yield True
        finally:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    def _too_soon(self, client: str, now: float) -> bool:
        """Returns whether a client has opened too many connections lately.

        Only the clients that came last are remembered.
        """
        bucket = self._new.pop(client, None) or TokenBucket(self._new_per_s, self._of_one_client)
        self._new[client] = bucket
        while len(self._new) > self._most:
            self._new.popitem(last=False)
        return not bucket.take(1, now)

    def enter(self, connection: Connection) -> None:
        """Register a student's connection. An older one with the same ticket is ended."""
        key = connection.student.key
        if (older := self._students.get(key)) is not None:
            older.refuse(Reason.ELSEWHERE)
        self._students[key] = connection
        connection.classroom.connected(connection.student, time.time())

    def leave(self, connection: Connection) -> bool:
        """Forget a connection; returns whether it was its student's newest one."""
        if self._students.get(connection.student.key) is not connection:
            return False
        del self._students[connection.student.key]
        return True

    def __len__(self) -> int:
        """The number of connected students."""
        return len(self._students)

    async def watch(self) -> None:
        """Tell students what changes in their class, and classes who is connected. Never ends."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look(time.time())

    def look(self, now: float) -> None:
        """Check for changes once; `now` is in seconds since 1970."""
        classes: dict[str, list[Connection]] = defaultdict(list)
        for connection in self._students.values():
            classes[connection.classroom.id].append(connection)
        for connections in classes.values():
            try:
                self._look_at(connections, now)
            except Exception:
                # A fault in one class must not silence all others for good.
                log.exception("cannot tell the students of a class what has changed")
        self._said = {id_: said for id_, said in self._said.items() if id_ in classes}

    def _look_at(self, connections: list[Connection], now: float) -> None:
        """Check for changes in one class, that of all these connections."""
        classroom = connections[0].classroom
        if classroom.closed is not None:
            for connection in connections:
                connection.refuse(Reason.OVER, str(ClassOver()))
            return
        before = self._said.get(classroom.id, [])
        current = [rate(classroom, now), question(classroom)]
        news = [message for message in current if message not in before]
        for connection in connections:
            classroom.connected(connection.student, now)
            for message in news:
                connection.tell(message)
        self._said[classroom.id] = current


def rate(classroom: Classroom, now: float) -> dict:
    """Returns the message that says how many pictures a second a student should send."""
    return {"type": "rate", "rate": classroom.rate(now)}


def question(classroom: Classroom) -> dict:
    """Returns the message with a class's open question, or with None if there is none."""
    asked = classroom.question()
    if asked is None:
        return {"type": "question", "question": None}
    answers = [{"key": str(key), "text": text} for key, text in texts.ANSWERS.items()]
    return {
        "type": "question",
        "question": {"id": asked.id, "text": asked.text, "answers": answers},
    }


hub = Hub()
"""All students of this process."""
