"""Keeps Python's garbage collector from looking at objects that stay for good."""

from __future__ import annotations

import gc

from fer.machine import give_back


def spare_the_collector() -> None:
    """Hide all present objects from the garbage collector; call it once a page is drawn.

    Streamlit collects garbage after every run of a script or fragment. A live page has six such
    runs a second, and each looked at some 190,000 objects of imported modules that stay for good.
    """
    gc.collect()
    gc.freeze()
    give_back()
