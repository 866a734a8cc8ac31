"""A button that asks for confirmation before it does something that cannot be undone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fer.web import texts


def confirm_button(
    label: str,
    question: str,
    answer: str,
    act: Callable[[], None],
    key: str,
    *,
    icon: str | None = None,
    disabled: bool = False,
    number: int | None = None,
) -> None:
    """Show a button whose popover says what would happen and has a second button that does it.

    Args:
        label: the text on the first button.
        question: what would happen, in Markdown.
        answer: the text on the second button.
        act: the function that does it. It is called before the page runs, so the click is not lost
            if that run is cut short.
        key: the key of the second button.
        icon: the icon on the first button, as Streamlit takes it.
        disabled: whether the first button is disabled.
        number: if given, the visitor has to type this number before pressing the second button.
    """
    # Streamlit leaves a popover open after the click, unless its key changes.
    times = f"{key}-times"
    done = st.session_state.setdefault(times, 0)

    def go() -> None:
        act()
        st.session_state[times] += 1

    asked = f"{key}-ask-{done}"
    with st.popover(label, icon=icon, disabled=disabled, width="stretch", key=asked):
        st.markdown(question)
        sure = number is None or _typed(number, f"{asked}-number")
        st.button(answer, type="primary", key=key, on_click=go, disabled=not sure)


def _typed(number: int, key: str) -> bool:
    return st.text_input(texts.TYPE_NUMBER.format(number=number), key=key).strip() == str(number)
