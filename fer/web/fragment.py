"""Parts of a page that run again on their own."""

from __future__ import annotations

import functools
from collections.abc import Callable

import streamlit as st

from fer.web import compat


def fragment(draw: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
    """`st.fragment`, in a container where nothing comes after it.

    If a fragment runs again before the browser was sent what the whole page's run has drawn,
    Streamlit (1.67) leaves that run's drawing of the fragment out. The browser then takes the
    fragment's place away at the end of the run, all that comes after it moves up, later drawings
    miss their places, and the page goes white: "Cannot set a node at a delta path". On a busy
    server that took about one run in a hundred.

    If a fragment's widget and another one change within one turn of the browser's event loop,
    Streamlit runs that fragment alone: a click is lost when a component has something to say at
    the same moment. Here the whole page then runs instead. In that run no button counts as
    pressed; only its callback has been called. So a button beside such a component needs an
    `on_click`.

    Args:
        draw: draws the part.
        run_every: seconds after which it runs again; None: only when its own widgets change.
    """

    @functools.wraps(draw)
    def part(*args) -> None:
        if compat.others_changed():
            st.rerun()
        draw(*args)

    apart = st.fragment(part, run_every=run_every)

    @functools.wraps(draw)
    def inside(*args) -> None:
        with st.container():
            apart(*args)

    return inside
