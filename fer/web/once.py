"""What a press of a button does is done once, though the visitor presses again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Does things once each, and keeps their outcomes until `forget` is called.

    Each press of a button begins a run of the page. The run before goes on beside it until it next
    touches the visit's state, so what it does may be done, but it no longer shows the outcome. And
    on a slow network, the second press of a double click is sent before the browser has heard what
    the first one did. In both cases the second run is to show what the first has done.

    Keep one object for each visit and kind of press, and call `forget` when the page was drawn
    without such a press: the visitor has seen the outcomes then, or has gone on without them.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, T] = {}
        self._lock = Lock()

    def __call__(self, key: str, do: Callable[[], T]) -> T:
        """Returns what `do` returns; waits while another thread does something.

        Args:
            key: what is done. If that has been done already, its outcome is returned.
            do: does it. What it raises is passed on, and it may be tried again then.
        """
        with self._lock:
            if key not in self._outcomes:
                self._outcomes[key] = do()
            return self._outcomes[key]

    @property
    def done(self) -> bool:
        """Whether anything was done that is not forgotten; waits for nothing."""
        return bool(self._outcomes)

    def outcomes(self) -> list[T]:
        """Returns the outcomes of all that was done; waits while another thread does something."""
        with self._lock:
            return list(self._outcomes.values())

    def forget(self) -> None:
        """Forget the outcomes, unless another thread does something now."""
        if self._lock.acquire(blocking=False):
            self._outcomes.clear()
            self._lock.release()
