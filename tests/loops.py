"""Running coroutines in tests, whatever the browser tests have left running."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a new thread.

    Playwright keeps an event loop running on the main thread for the whole session, and there
    `asyncio.run` refuses to start another one.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def alone(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function that starts an event loop itself, on a new thread; see `run`."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()
