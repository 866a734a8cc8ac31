"""Keeps Python's garbage collector from looking at objects that stay for good."""

from __future__ import annotations

import gc

import streamlit as st

from fer.machine import give_back


@st.cache_resource(show_spinner=False)
def spare_the_collector() -> None:
    """Hide all present objects from the garbage collector. Call it once a page is drawn.

    It does so once in the life of the process.

    Streamlit collects garbage after every run of a script or fragment. A live page has six such
    runs a second, and each looked at some 190,000 objects of imported modules that stay for good.
    """
    gc.collect()
    gc.freeze()
    give_back()
