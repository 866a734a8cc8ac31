"""What happens between SIGTERM (or Ctrl-C) and the end of the process, within `WITHIN_S`.

uvicorn takes no more connections, lets requests that are under way finish, and closes all web
sockets with the code 1012 ("service restart"), after which the pages of students and instructors
connect again by themselves. Then `write_everything` runs: the classes write their last seconds, and
the queue of analyses writes down what the next process has to continue.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

import uvicorn

log = logging.getLogger(__name__)

WITHIN_S = 5.0
"""Seconds from the signal to the end. Heroku kills a process after 30 s, Docker after 10 s."""

REQUESTS_S = 1.5
"""Seconds that requests which are under way have to finish, such as an upload or a download."""

WRITING_S = 2.5
"""Seconds that writing may take, for example to a database that does not answer."""

steps: list[Callable[[], None]] = []
"""The functions that run when the process is about to end."""


def before_the_end(step: Callable[[], None]) -> None:
    """Let a function run when the process is about to end. A second call changes nothing."""
    if step not in steps:
        steps.append(step)


def limit_open_requests() -> bool:
    """Make uvicorn cancel the requests that are still under way `REQUESTS_S` after the signal.

    It waits for them without any limit, and Streamlit, which starts it, has no option for this: one
    visitor with a slow upload would keep the server from ending. uvicorn handles signals with a
    method of its server, so the server can be reached from there once it has started.

    Returns:
        Whether uvicorn runs this app, so that the process ends with it.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not isinstance(server, uvicorn.Server):
        return False
    server.config.timeout_graceful_shutdown = REQUESTS_S  # type: ignore[assignment]
    return True


def write_everything(patience_s: float = WRITING_S) -> None:
    """Run all steps side by side, and wait for them.

    Args:
        patience_s: longest wait. Steps that take longer go on while the process still lives.
    """
    end = time.monotonic() + patience_s
    threads = [threading.Thread(target=_run, args=(step,), daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        log.error("not everything could be written within %g s", patience_s)


def end_for_certain(seconds: float) -> None:
    """End this process after some seconds if it still runs by then.

    Everything has been written by that time, but Python waits for the threads of libraries. As the
    first process of a container, this one does not even end by a signal.
    """

    def end() -> None:
        log.warning("the process is ended, because something in it still runs")
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _run(step: Callable[[], None]) -> None:
    try:
        step()
    except Exception:
        log.exception("something was not written before the end")
