"""Keeps Python's garbage collector away from what never dies."""

from __future__ import annotations

import gc


def spare_the_collector() -> None:
    """Take what is loaded out of the garbage collector's sight; call it once a page is drawn.

    Streamlit collects garbage after every run of a script or fragment. A live page has six such
    runs a second, and each walked some 190,000 objects of imported modules that never die.
    """
    gc.collect()
    gc.freeze()
