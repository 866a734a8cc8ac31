"""A connection to PostgreSQL that does not wait for ever."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")


class Connection(psycopg.Connection):
    """It is given up when the server does not answer for `ANSWER_S`.

    A server whose processes stand still, as on a machine that swaps or is paused, does not end a
    slow statement by itself. Its system still confirms every packet, so that the network looks
    well, too.
    """

    ANSWER_S = 35.0
    """Longest wait in seconds for an answer: longer than the server lets a statement take."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """Wait until the server has answered, as all methods of a connection and a cursor do.

        Raises:
            psycopg.OperationalError: it does not answer.
        """
        return super().wait(self._patient(gen), *args, **options)

    def _patient(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                # psycopg looks ten times a second whether anything has come.
                if ready:  # perhaps a part: many statements may be sent together
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.ANSWER_S:
                    self.pgconn.finish()  # otherwise it would wait as long to end the transaction
                    raise psycopg.OperationalError("the server does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value
