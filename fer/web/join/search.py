"""Finding a class by the code that a student typed in, with a limit on guessing."""

from __future__ import annotations

import asyncio
import math
import time
from weakref import WeakValueDictionary

from starlette.requests import HTTPConnection

from fer.access.throttle import Throttle
from fer.classroom.classroom import Classroom
from fer.classroom.refusal import ClassOver, NotAdmitted, WrongCode
from fer.classroom.ticket import Student
from fer.errors import ClassroomError, ModelError, SettingsError, StoreError
from fer.web.client import client_of
from fer.web.join import texts
from fer.web.join.queries import queries
from fer.web.resources import classrooms


class TooManyGuesses(ClassroomError):
    """This client, or all clients together, have tried too many codes."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = math.ceil(wait_s)
        """Seconds after which the next try is answered."""
        super().__init__(texts.TOO_MANY_GUESSES.format(seconds=self.wait_s))


def new_throttle() -> Throttle:
    """Returns a new limit on guessing codes.

    When a class begins, each of its students looks it up once or twice within a minute, and many
    of them may share one address. There are 244 million codes: somebody who tries five a second
    while ten classes are open finds one of them within an hour in one case of 1,400. A code alone
    shows nobody any numbers.
    """
    return Throttle(free=10, most_s=300.0, overall_per_s=5.0, overall_burst=2000)


throttle = new_throttle()

_queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def find(connection: HTTPConnection) -> Classroom:
    """Returns the class whose code stands in the path of a request or a web socket.

    Raises:
        WrongCode: no class has this code, which counts as a wrong guess.
        ClassOver: the class has ended, so its code is worth nothing. That is no guess: the browsers
            of a whole school may load yesterday's pages again.
        TooManyGuesses: the code was not looked up.
        StoreError, ModelError, SettingsError: it cannot be looked up now, which is no guess.
    """
    since = time.monotonic()
    client = client_of(connection)
    # One after the other, because a guess counts as wrong until it has been looked up: all students
    # of a school may share one address, and many of them come within one second.
    async with _queues.setdefault(client, asyncio.Lock()):
        if wait := throttle.attempt(client, time.monotonic()):
            raise TooManyGuesses(wait)
        try:
            classroom = await _by_code(connection, since)
        except (ClassOver, StoreError, ModelError, SettingsError):
            throttle.give_back(client)
            raise
        throttle.succeeded(client)
    return classroom


async def find_with_ticket(connection: HTTPConnection, secret: str) -> tuple[Classroom, Student]:
    """Returns the class and the student that a ticket belongs to.

    A ticket cannot be guessed, so the limit on guessing does not hold up whoever has one. A wrong
    code and a wrong ticket get the same answer, so that nobody can try codes in this way.

    Raises:
        NotAdmitted, ClassOver: as `fer.classroom.classroom.Classroom.student` raises them.
        StoreError, ModelError, SettingsError: the class cannot be looked up now.
    """
    since = time.monotonic()
    try:
        classroom = await _by_code(connection, since)
    except WrongCode:
        raise NotAdmitted from None
    return classroom, await queries.ask(lambda: classroom.student(secret), since)


async def _by_code(connection: HTTPConnection, since: float) -> Classroom:
    code = connection.path_params["code"][:64]
    # The first call opens the database, which may take seconds.
    return await queries.ask(lambda: classrooms().by_code(code), since)
