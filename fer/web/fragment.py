"""Parts of a page that run again on their own."""

from __future__ import annotations

import functools
from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def fragment(draw: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
    """`st.fragment`, in a container where nothing comes after it.

    If a fragment runs again before the browser was sent what the whole page's run has drawn,
    Streamlit (1.67) leaves that run's drawing of the fragment out. The browser then takes the
    fragment's place away at the end of the run, all that comes after it moves up, later drawings
    miss their places, and the page goes white: "Cannot set a node at a delta path". On a busy
    server that took about one run in a hundred.

    If a fragment's widget and another one change within one turn of the browser's event loop,
    Streamlit runs that fragment alone: a click is lost when a component has something to say at
    the same moment. Here the whole page then runs instead. In that run no button is pressed; only
    its callback was told. So a button beside such a component needs an `on_click`.

    Args:
        draw: draws the part.
        run_every: seconds after which it runs again; None: only when its own widgets change.
    """

    @functools.wraps(draw)
    def part(*args) -> None:
        if _others_changed():
            st.rerun()
        draw(*args)

    apart = st.fragment(part, run_every=run_every)

    @functools.wraps(draw)
    def inside(*args) -> None:
        with st.container():
            apart(*args)

    return inside


def _others_changed() -> bool:
    """Whether fragments run alone, though a widget elsewhere on the page has a new value."""
    context = get_script_run_ctx()
    if context is None or not context.fragment_ids_this_run:
        return False
    # Private names: the public state holds no widgets without a key, nor whose they are.
    state = context.session_state._state
    sent = state._new_widget_state
    return any(
        name in sent.widget_metadata
        and sent.widget_metadata[name].fragment_id not in context.fragment_ids_this_run
        and state._widget_changed(name)
        for name in sent
    )
