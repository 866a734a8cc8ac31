"""A button that asks before it does what cannot be undone."""

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
    """A button whose popover says what would happen, with a second button that does it.

    Args:
        label: of the button.
        question: what would happen, in Markdown.
        answer: on the second button.
        act: called before the page runs, so that nothing that happens to that run loses the click.
        key: of the second button.
        icon: of the first button, as Streamlit takes it.
        disabled: the first button cannot be pressed.
        number: where given, the second button can only be pressed once this number was typed.
    """
    # Streamlit leaves a popover open after the click, unless its key is another then.
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
