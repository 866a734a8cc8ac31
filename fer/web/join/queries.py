"""What the database is asked or told for students, each on a thread."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from typing import TypeVar

import anyio

from fer.errors import StoreError
from fer.store.database import POOL

T = TypeVar("T")


class Queries:
    """Limits how many threads wait for the database, and for how long.

    While the database does not answer, each query waits for seconds, and many follow one another:
    those of one client, and those for whom no thread is free. Whoever waits meanwhile gets the
    error of the query before. Otherwise the last student of a school would wait for minutes.
    """

    def __init__(self) -> None:
        # A query holds its thread while it waits. The database answers no more at a time anyway,
        # and all pages need threads, too.
        self._limiter = anyio.CapacityLimiter(2 * POOL)
        self._failed = -math.inf
        self._problem = StoreError()

    async def ask(self, query: Callable[[], T], since: float | None = None) -> T:
        """Returns the answer to a query.

        Args:
            query: asks the database.
            since: since when somebody waits for the answer, by `time.monotonic`; None means now.

        Raises:
            StoreError: the database cannot be reached.
        """
        began = time.monotonic() if since is None else since

        def answer() -> T:
            if self._failed > began:
                raise copy.copy(self._problem)
            try:
                return query()
            except StoreError as problem:
                # Without the traceback, which holds on to much.
                self._problem, self._failed = copy.copy(problem), time.monotonic()
                raise

        return await anyio.to_thread.run_sync(answer, limiter=self._limiter)


queries = Queries()
"""Those of this process."""
