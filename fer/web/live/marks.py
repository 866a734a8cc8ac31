"""Marks: moments that the teacher notes while the session runs, and can look at again."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fer.mood.record import MoodRecord
from fer.mood.window import Mark
from fer.text import clock, markdown
from fer.web.live import texts

_SHOWN = "shown-mark"

LONGEST = 80
"""Letters of a mark at the most. Streamlit's own limit would drop a longer text that is pasted."""


def shown_mark(session: MoodRecord) -> Mark | None:
    """The mark that the charts shall show instead of the newest seconds, if it still exists."""
    shown = st.session_state.get(_SHOWN)
    return next((mark for mark in session.marks if mark.t == shown), None)


def marks(session: MoodRecord) -> None:
    """Show a text field, a button for each usual mark, and the list of marks."""
    _form(session)
    # Callbacks run before the page does, so no mark is lost if the run of the page is cut short.
    presets = st.container(horizontal=True, gap="small")
    for number, text in enumerate(texts.MARK_PRESETS, start=1):
        presets.button(
            text, key=f"mark-{number}", on_click=session.mark, args=(text,), shortcut=str(number)
        )
    if session.marks:
        with st.popover(texts.MARKS.format(count=len(session.marks)), icon=":material/flag:"):
            for mark in reversed(session.marks):
                _line(session, mark)
    if (shown := shown_mark(session)) is not None:
        _way_back(shown)


def _form(session: MoodRecord) -> None:
    def mark() -> None:
        session.mark(_words("mark-words"))

    with st.form("mark", clear_on_submit=True, border=False):
        text, button = st.columns([3, 2], vertical_alignment="bottom")
        text.text_input(
            texts.MARK_LABEL,
            placeholder=texts.MARK_PLACEHOLDER,
            label_visibility="collapsed",
            key="mark-words",
        )
        button.form_submit_button(
            texts.MARK, width="stretch", icon=":material/flag:", on_click=mark
        )


def _line(session: MoodRecord, mark: Mark) -> None:
    key = f"mark-at-{mark.t}"

    def rename() -> None:
        session.rename_mark(mark, _words(key))

    at = clock(mark.t)
    show, text, delete = st.columns([2, 4, 1], vertical_alignment="center")
    show.button(
        at,
        icon=":material/center_focus_strong:",
        help=texts.MARK_SHOW.format(clock=at),
        key=f"{key}-show",
        on_click=partial(_show, mark),
        width="stretch",
    )
    text.text_input(
        texts.MARK_AT.format(clock=at),
        mark.text,
        label_visibility="collapsed",
        key=key,
        on_change=rename,
    )
    delete.button(
        "",
        icon=":material/delete:",
        help=texts.MARK_DELETE.format(clock=at),
        key=f"{key}-delete",
        on_click=partial(session.delete_mark, mark),
    )


def _words(key: str) -> str:
    return st.session_state[key].strip()[:LONGEST] or texts.MARK_WORD


def _show(mark: Mark) -> None:
    st.session_state[_SHOWN] = mark.t


def _way_back(mark: Mark) -> None:
    words, back = st.columns([3, 2], vertical_alignment="center")
    words.caption(texts.MARK_SHOWN.format(text=markdown(mark.text), clock=clock(mark.t)))
    back.button(
        texts.MARK_BACK,
        icon=":material/update:",
        key="mark-back",
        on_click=partial(st.session_state.pop, _SHOWN, None),
        width="stretch",
    )
