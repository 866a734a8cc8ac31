"""The question to the class, and its answers."""

from __future__ import annotations

import time

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.classroom.pulse import Answer
from fer.text import markdown
from fer.web.classroom import texts
from fer.web.classroom.numbers import numbers

LONGEST = 120
"""Letters of a question at the most. Streamlit's own limit would drop a longer text that is pasted,
without a word."""


def ask(room: Classroom) -> None:
    """Show buttons for common questions and a field for any other one."""

    def own() -> str:
        return st.session_state.get("question-words", "").strip()

    def ask_own() -> None:
        if 0 < len(own()) <= LONGEST:
            _ask(room, own())
            st.session_state["question-words"] = ""

    st.markdown(f"**{texts.QUESTION_HEADING}**")
    columns = st.columns(len(texts.QUESTION_PRESETS))
    for number, (column, text) in enumerate(zip(columns, texts.QUESTION_PRESETS, strict=True)):
        column.button(
            text,
            key=f"question-{number}",
            on_click=_ask,
            args=(room, text),
            width="stretch",
        )
    with st.form("question", border=False):
        field, button = st.columns([3, 2], vertical_alignment="bottom")
        field.text_input(
            texts.QUESTION_TEXT,
            placeholder=texts.QUESTION_PLACEHOLDER,
            label_visibility="collapsed",
            key="question-words",
        )
        button.form_submit_button(
            texts.ASK, width="stretch", icon=":material/help:", on_click=ask_own
        )
    if len(own()) > LONGEST:
        st.warning(texts.QUESTION_LONG.format(longest=LONGEST, letters=len(own())))


def standing(room: Classroom) -> None:
    """Show the open question and its answers. Call it in a fragment."""
    question = room.question()
    if question is None:
        return
    with st.container(border=True, key="standing-question"):
        st.markdown(f"**{markdown(question.text)}**")
        shown = numbers(room)
        tally = None if shown is None else shown.tally
        if room.k > 1 and room.present() < room.k:
            st.caption(texts.TALLY_TOO_FEW.format(k=room.k))
        elif tally is None:
            st.caption(texts.TALLY_NONE if room.k == 1 else texts.TALLY_WAITING.format(k=room.k))
        else:
            counts = {
                Answer.YES: tally.yes,
                Answer.SO_SO: tally.so_so,
                Answer.LOST: tally.lost,
            }
            with st.container(key="numbers-answers"):
                for column, (answer, count) in zip(
                    st.columns(len(counts)), counts.items(), strict=True
                ):
                    column.metric(texts.ANSWERS[answer], count)
            if room.k > 1:
                st.caption(texts.TALLY_IN_STEPS.format(k=room.k))
        st.button(
            texts.END_QUESTION,
            key="question-end",
            on_click=lambda: room.end_question(time.time(), question),
        )


def _ask(room: Classroom, text: str) -> None:
    room.ask(text, time.time())
