"""What takes long to make, or cannot be made now, is tried by one caller at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class OneTry(Generic[T]):
    """Makes an object when it is first needed; later calls return the same one.

    A database that does not answer lets each try wait for seconds. If all students of a class
    waited one after the other, the last would wait for minutes, and so would every other page.
    """

    def __init__(self, make: Callable[[], T], error: type[Exception]) -> None:
        """Args:
        make: makes the object.
        error: says that it cannot be made now. After any other error, each caller tries at once.
        """
        self._make = make
        self._error = error
        self._made: T | None = None
        self._problem: Exception | None = None
        self._lock = Lock()

    def __call__(self) -> T:
        """Returns the object; any thread may call this.

        If it is being made, callers wait for that, unless the last try failed: then they get its
        error at once. Whoever waits for a try does not make another one.

        Raises:
            Exception: it cannot be made.
        """
        if self._made is not None:
            return self._made
        before = self._problem
        if not self._lock.acquire(blocking=before is None):
            raise self._again()
        try:
            if self._made is None:
                if self._problem is not before:
                    raise self._again()
                self._made = self._try()
            return self._made
        finally:
            self._lock.release()

    def _try(self) -> T:
        try:
            return self._make()
        except self._error as problem:
            self._problem = copy.copy(problem)  # without the traceback, which holds on to much
            raise

    def _again(self) -> Exception:
        assert self._problem is not None
        return copy.copy(self._problem)
