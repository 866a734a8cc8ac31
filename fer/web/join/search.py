"""Finding a class by what a student typed in, with a limit on guessing."""

from __future__ import annotations

import math
import time

import anyio
from starlette.requests import HTTPConnection

from fer.access.throttle import Throttle
from fer.classroom.classroom import Classroom
from fer.classroom.refusal import NotAdmitted, WrongCode
from fer.classroom.ticket import Student
from fer.errors import ClassroomError
from fer.web.join import texts
from fer.web.plain import client_of
from fer.web.resources import classrooms


class TooManyGuesses(ClassroomError):
    """This client, or all together, have tried too many codes."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = math.ceil(wait_s)
        super().__init__(texts.TOO_MANY_GUESSES.format(seconds=self.wait_s))


def new_throttle() -> Throttle:
    """A limit on guessing codes.

    At its beginning a class is looked up once or twice by each of its students within a minute, and
    many of them may share one address. Of the 244 million codes, five guesses a second find one of
    ten classes within an hour in one case of 1,400; and a code lets nobody see anything.
    """
    return Throttle(free=10, most_s=300.0, overall_per_s=5.0, overall_burst=2000)


throttle = new_throttle()


async def find(connection: HTTPConnection) -> Classroom:
    """The class whose code stands in the path of a request or a web socket.

    Raises:
        WrongCode, ClassOver: see `fer.classroom.classrooms.Classrooms.by_code`.
        TooManyGuesses: it was not even looked for.
    """
    client = client_of(connection)
    if wait := throttle.attempt(client, time.monotonic()):
        raise TooManyGuesses(wait)
    classroom = await _by_code(connection)
    throttle.succeeded(client)
    return classroom


async def find_with_ticket(connection: HTTPConnection, secret: str) -> tuple[Classroom, Student]:
    """The class and the student that a ticket belongs to.

    A ticket cannot be guessed, so whoever has one does not wait behind those who guess codes. A
    wrong code and a wrong ticket get the same answer, so that nobody can try codes in this way.

    Raises:
        NotAdmitted, ClassOver: see `fer.classroom.classroom.Classroom.student`.
    """
    try:
        classroom = await _by_code(connection)
    except WrongCode:
        raise NotAdmitted from None
    return classroom, await anyio.to_thread.run_sync(classroom.student, secret)


async def _by_code(connection: HTTPConnection) -> Classroom:
    code = connection.path_params["code"][:64]
    return await anyio.to_thread.run_sync(classrooms().by_code, code)
