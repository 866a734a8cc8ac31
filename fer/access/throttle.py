"""A limit on guessing secrets, namely passwords and the codes of classes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from fer.access.token_bucket import TokenBucket


@dataclass
class _Client:
    attempts: int = 0
    next_at: float = 0.0
    last_at: float = 0.0
    known: bool = False


class Throttle:
    """Says how long a client has to wait before its next guess. Safe to use from any thread.

    Each client has a few free guesses, since people mistype, and waits longer after each further
    one. All clients together are limited as well, so a guesser with many addresses gains little. A
    client who was right before does not wait because others guess.
    """

    def __init__(
        self,
        free: int = 5,
        first_s: float = 1.0,
        most_s: float = 900.0,
        overall_per_s: float = 2.0,
        overall_burst: int = 60,
        forget_s: float = 3600.0,
        clients: int = 10_000,
    ) -> None:
        """Args:
        free: how many wrong guesses in a row cost a client nothing.
        first_s: the wait after them in seconds; it doubles with each further guess.
        most_s: the longest wait in seconds.
        overall_per_s: how many guesses a second all clients together may make, except those who
            were right before.
        overall_burst: how many of these guesses may come at once.
        forget_s: seconds without a guess after which a client's wrong guesses are forgotten.
        clients: how many clients are remembered; the least recent are forgotten first.
        """
        self._free = free
        self._first_s = first_s
        self._most_s = most_s
        self._forget_s = forget_s
        self._most_clients = clients
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._overall = TokenBucket(overall_per_s, overall_burst)
        self._lock = threading.Lock()

    def attempt(self, client: str, now: float) -> float:
        """Ask for one guess.

        A guess counts as wrong until `succeeded` or `give_back` is called, so that guesses made at
        the same time are counted as well. Asking during a wait does not prolong it.

        Args:
            client: who guesses, as `fer.access.client.client_key` returns it.
            now: the time in seconds, by a clock that never goes back.

        Returns:
            0 if the guess may be checked now, else how many seconds the client has to wait.
        """
        with self._lock:
            state = self._state(client, now)
            if now < state.next_at:
                return state.next_at - now
            if not state.known and not self._overall.take(1, now):
                return self._overall.missing_s(1, now)
            state.attempts += 1
            state.last_at = now
            if state.attempts > self._free:
                doublings = min(state.attempts - self._free - 1, 60)
                state.next_at = now + min(self._most_s, self._first_s * 2.0**doublings)
            return 0.0

    def succeeded(self, client: str) -> None:
        """Forget a client's wrong guesses, because its last one was right."""
        with self._lock:
            self._clients[client] = _Client(known=True)

    def give_back(self, client: str) -> None:
        """Take a client's last guess back, because it could not be checked."""
        with self._lock:
            state = self._clients.get(client)
            if state is not None and state.attempts:
                state.attempts -= 1
                state.next_at = 0.0  # the wait before this guess was over
                if not state.known:
                    self._overall.give_back(1)

    def __len__(self) -> int:
        """The number of clients that are remembered."""
        return len(self._clients)

    def _state(self, client: str, now: float) -> _Client:
        state = self._clients.get(client) or _Client()
        if state.attempts and now - state.last_at > self._forget_s:
            state = _Client(known=state.known)
        self._clients[client] = state
        self._clients.move_to_end(client)
        while len(self._clients) > self._most_clients:
            self._clients.popitem(last=False)
        return state
