"""Ending a class, and the way to its report afterwards."""

from __future__ import annotations

import streamlit as st

from fer.classroom.classroom import Classroom
from fer.text import markdown
from fer.web.classroom import texts, visit
from fer.web.live import texts as live_texts
from fer.web.resources import classrooms
from fer.web.sessions import navigation
from fer.web.shell import PAGES
from fer.web.widgets.confirm import confirm_button

_REPORT = "class-report-wanted"


def end_button(room: Classroom) -> None:
    """Show the button that ends the class and makes its report."""

    def end() -> None:
        if room.streaming:  # it may have been ended on another page
            classrooms().close(room.id)
        st.session_state[_REPORT] = True

    confirm_button(
        texts.END,
        texts.END_QUESTION_SURE,
        texts.END_ANSWER,
        end,
        "end-now",
        icon=":material/stop_circle:",
    )


def over(room: Classroom) -> None:
    """Show that the class is over, and offer its report and to open another class.

    The report is that of the past sessions. A copy of its own would outlive the class, which can be
    erased.
    """
    st.title(texts.TITLE)
    st.info(texts.OVER.format(title=markdown(room.title)))
    if not visit.may_end(room):
        return
    wanted = st.session_state.pop(_REPORT, False)
    if st.button(texts.REPORT, key="class-report", type="primary") or wanted:
        if room.students:
            st.switch_page(PAGES / "sessions.py", query_params={navigation.CLASS: room.id})
        st.info(live_texts.REPORT_EMPTY)
    st.button(texts.ANOTHER, key="class-another", on_click=visit.leave)
