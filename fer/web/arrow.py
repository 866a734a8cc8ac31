"""Keeps pyarrow out of memory until something needs it: it takes 36 MB.

Of this app only the operators' page does, for its table. But pandas loads pyarrow, if it is
installed, to store texts in it, and Streamlit loads it before it shows any component of the older
kind, such as the camera of streamlit-webrtc, in case a table is passed to it.

Import this module before anything else loads pandas, as `app.py` does: pandas then stores texts as
Python's own. Checked with pandas 3.1 and Streamlit 1.67.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

NAME = "pyarrow"


_lock = threading.Lock()
_users = 0


class _Later(ModuleType):
    """Stands for pyarrow and loads it as soon as anything in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name == "__file__":  # Python looks through the files of all modules at any time
            raise AttributeError(name)
        with _lock:
            if sys.modules.get(NAME) is self:
                del sys.modules[NAME]
        return getattr(importlib.import_module(NAME), name)


@contextlib.contextmanager
def not_yet() -> Iterator[None]:
    """Let `import pyarrow` succeed within the block without loading it. Safe from any thread.

    Whoever uses anything in it, on this thread or on another one, loads it by that.
    """
    global _users
    with _lock:
        _users += 1
        sys.modules.setdefault(NAME, _Later(NAME))
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users and isinstance(sys.modules.get(NAME), _Later):
                del sys.modules[NAME]


def _load_pandas_alone() -> None:
    if NAME in sys.modules or "pandas" in sys.modules:
        return
    sys.modules[NAME] = None  # type: ignore[assignment]  # Python takes it for not installed
    try:
        importlib.import_module("pandas")
    finally:
        del sys.modules[NAME]


_load_pandas_alone()
