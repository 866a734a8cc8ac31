"""The app's side: child processes, a pool of idle ones, and the decorator `in_child`."""

from __future__ import annotations

import atexit
import contextlib
import functools
import inspect
import logging
import os
import pickle
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from fer.errors import RecordingError
from fer.machine import memory_limit
from fer.media.sandbox.child import BROKEN, is_child
from fer.media.sandbox.messages import receive, send

MOST_MEMORY_BYTES = 1 << 30
"""Most memory that a child may allocate. H.264 of 7680x4320 pixels took 0.75 GB on two cores."""

LEAST_MEMORY_BYTES = 256 << 20
"""What a child may allocate even on the smallest machine. An idle one has taken 50 MB of it."""

APP_BYTES = 500 << 20
"""What is left for the app itself."""

AT_ONCE = 2
"""Number of children that share the rest: one for each analysis that runs at a time."""

PATIENCE_S = 120.0
"""Longest wait, in seconds, for one picture, one block of sound or one answer. The first picture of
a segment may need everything since the last key frame."""

SLOWEST = 4.0
"""Beyond the first wait, decoding may take so many times as long as the decoded part lasts. 4K at
60 pictures a second takes about twice as long on two slow cores."""

IDLE_CHILDREN = 2
"""Number of idle children that are kept for the next call. Each takes about 50 MB."""


P = ParamSpec("P")
R = TypeVar("R")


def memory_of_a_child(limit: int) -> int:
    """Returns how many bytes a child may allocate, so that the app survives two greedy ones.

    Args:
        limit: how many bytes the app and its children may use together.
    """
    share = (limit - APP_BYTES) // AT_ONCE
    return max(LEAST_MEMORY_BYTES, min(MOST_MEMORY_BYTES, share))


class Child:
    """One decoding process."""

    def __init__(self, memory_bytes: int | None = None) -> None:
        """Args:
        memory_bytes: limit of the child's private memory; not kept on Windows. None takes
            `memory_of_a_child`.
        """
        if memory_bytes is None:
            memory_bytes = memory_of_a_child(memory_limit())
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        root = str(Path(__file__).resolve().parents[3])
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [root, environment.get("PYTHONPATH")])
        )
        code = f"from fer.media.sandbox.child import serve; serve({memory_bytes})"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The selector sees only data in the pipe, not data in a buffer of this process.
            bufsize=0,
            env=environment,
            # Ctrl-C must reach only the parent, which then ends its children.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._selector = selectors.DefaultSelector()
        if sys.platform != "win32":
            self._selector.register(self._replies, selectors.EVENT_READ)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def replies(
        self, request: tuple, patience_s: float, time_of: Callable[[Any], float] | None = None
    ) -> Iterator[Any]:
        """Send a request, and yield the replies of the child item by item.

        Args:
            request: module, name of the function in it, arguments, keyword arguments.
            patience_s: longest wait for one item, in seconds.
            time_of: returns the place of an item in the recording, in seconds. If it is given, all
                waits together may last `patience_s` plus `SLOWEST` times the part that was read.

        Raises:
            RecordingError: the child took too long, or ended.
            Exception: any exception that the function in the child raised.
        """
        with self._death_explained():
            send(self._requests, request)
        first, waited, allowed = None, 0.0, patience_s
        while True:
            began = time.monotonic()
            self._wait(min(patience_s, allowed - waited))
            with self._death_explained():
                kind, value = receive(self._replies)
            if time_of is not None:
                waited += time.monotonic() - began
            if kind == "end":
                return
            if kind == "error":
                raise value
            if kind == "log":
                logging.getLogger(value[0]).log(*value[1:])
                continue
            if time_of is not None:
                first = time_of(value) if first is None else first
                allowed = patience_s + SLOWEST * (time_of(value) - first)
            yield value

    def _wait(self, patience_s: float) -> None:
        # It is not possible to wait for a pipe on Windows, so there is no time limit there.
        if sys.platform != "win32" and not self._selector.select(max(0.0, patience_s)):
            self.end()
            raise RecordingError(f"Decoding takes far longer than the recording lasts. {BROKEN}")

    @contextlib.contextmanager
    def _death_explained(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.end()
            raise RecordingError(f"The decoder ended while it read this file. {BROKEN}") from error

    def end(self) -> None:
        """Kill the process. May be called twice."""
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._replies):
            with contextlib.suppress(OSError):
                stream.close()
        self._selector.close()


class Pool:
    """Keeps idle children, so that not every call starts an interpreter. Safe from any thread."""

    def __init__(self) -> None:
        self._idle: list[Child] = []
        self._lock = threading.Lock()
        atexit.register(self.close)

    @contextlib.contextmanager
    def child(self) -> Iterator[Child]:
        """Lend a child for one call. A child whose call did not come to its end is killed."""
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is None or not child.alive:
            child = Child()
        try:
            yield child
        except RecordingError:
            # The child has reported this error and is ready again, or it was ended.
            self._keep(child)
            raise
        except BaseException:
            child.end()
            raise
        self._keep(child)

    def _keep(self, child: Child) -> None:
        with self._lock:
            if child.alive and len(self._idle) < IDLE_CHILDREN:
                self._idle.append(child)
                return
        child.end()

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()


pool = Pool()


def in_child(
    time_of: Callable[[Any], float] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function, or a generator function, so that it runs in a child process.

    The function must be at the top level of its module, and its arguments and results must be
    picklable. Within a child, the function runs as it is.

    Args:
        time_of: for generator functions, returns the place in the recording of an item that is
            yielded, in seconds; see `Child.replies`.
    """
    return functools.partial(_elsewhere, time_of=time_of)


def _elsewhere(function: Callable[P, R], time_of: Callable[[Any], float] | None) -> Callable[P, R]:

    def request(args: tuple, kwargs: dict) -> tuple:
        return function.__module__, function.__qualname__, args, kwargs

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generate(*args: P.args, **kwargs: P.kwargs) -> Any:
            if is_child():
                yield from function(*args, **kwargs)
                return
            with pool.child() as child:
                yield from child.replies(request(args, kwargs), PATIENCE_S, time_of)

        return generate

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if is_child():
            return function(*args, **kwargs)
        with pool.child() as child:
            (value,) = child.replies(request(args, kwargs), PATIENCE_S)
        return value

    return call
