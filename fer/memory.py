"""Keeps the process's memory small and steady."""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8
ARENAS = 2


def few_arenas() -> None:
    """Let threads share two heaps; call it before there are many threads.

    glibc gives each new thread a heap of its own, up to eight a core, and returns little of them.
    Streamlit starts a thread for each run of a page, so that each heap fills with leftovers:
    416 against 377 MB after ten connections and a minute of video. Elsewhere than on glibc this
    does nothing.
    """
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):
        return


def spare_the_collector() -> None:
    """Take what is loaded out of the garbage collector's sight; call it once a page is drawn.

    Streamlit collects garbage after every run of a script or fragment. A live page has six such
    runs a second, and each walked some 190,000 objects of imported modules that never die.
    """
    gc.collect()
    gc.freeze()
