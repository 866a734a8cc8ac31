"""Parts of a page that run again by themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable

import streamlit as st

from fer.logs import reference
from fer.web import compat


def fragment(draw: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
    """Like `st.fragment`, but no click is lost.

    If a fragment's widget and another one change within one turn of the browser's event loop,
    Streamlit runs that fragment alone, so a click is lost if a component reports something at the
    same moment. Here the whole page runs instead. In that run no button counts as pressed, but its
    callback has been called, so a button beside such a component needs an `on_click`.

    Args:
        draw: the function that draws the part.
        run_every: seconds after which the part runs again. With None it runs again only when one
            of its widgets changes.
    """

    @functools.wraps(draw)
    def part(*args) -> None:
        reference.ensure()  # the part may run alone
        if compat.others_changed():
            st.rerun()
        draw(*args)

    return st.fragment(part, run_every=run_every)
