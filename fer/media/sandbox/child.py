"""The child's side: answers one request after another, under limits."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import logging
import os
import signal
import sys
from typing import IO

from fer.errors import RecordingError
from fer.machine import give_back_large_pieces
from fer.media.sandbox.messages import receive, send

if sys.platform != "win32":
    import resource

BROKEN = "It asks for more than a recording needs, or is damaged in a way that ends the decoder."
"""Stands at the end of each message about a file that exceeds a limit."""

_OPEN_FILES = 32
_serving = False


def is_child() -> bool:
    """Return whether this process is a decoding child."""
    return _serving


def serve(memory_bytes: int) -> None:
    """Answer requests on standard input until it is closed.

    Args:
        memory_bytes: limit of this process's private memory; not kept on Windows.
    """
    global _serving
    _serving = True
    # Some platforms send the signal to all processes of an app. The parent then writes down how far
    # it is; a child that ended first would look like a recording that cannot be read.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", 1 << 20)
    # Text that libraries print must not get between the replies.
    os.dup2(2, 1)
    logging.getLogger().addHandler(_Forwarder(replies))
    logging.getLogger().setLevel(logging.WARNING)
    _limit(memory_bytes)
    give_back_large_pieces()
    while True:
        try:
            module, name, args, kwargs = receive(requests)
        except EOFError:
            return
        try:
            function = inspect.unwrap(getattr(importlib.import_module(module), name))
            result = function(*args, **kwargs)
            for item in result if inspect.isgenerator(result) else (result,):
                send(replies, ("item", item))
        except MemoryError:
            send(replies, ("error", RecordingError(f"The file needs too much memory. {BROKEN}")))
        except BrokenPipeError:
            return
        except Exception as error:
            send(replies, ("error", error))
        else:
            send(replies, ("end", None))


class _Forwarder(logging.Handler):
    """Passes log messages to the parent, because the child cannot write to any file."""

    def __init__(self, replies: IO[bytes]) -> None:
        super().__init__()
        self._replies = replies

    def emit(self, record: logging.LogRecord) -> None:
        send(self._replies, ("log", (record.name, record.levelno, record.getMessage())))


def _limit(memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    for what, most in (
        # This limits private writable memory; a limit of the address space would count too much.
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(what, (soft, hard))
