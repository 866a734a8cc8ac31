"""Ending a class, and its report afterwards."""

from __future__ import annotations

import streamlit as st

from fer.classroom.class_report import class_report
from fer.classroom.classroom import Classroom
from fer.text import markdown
from fer.web.classroom import texts, visit
from fer.web.live import texts as live_texts
from fer.web.live.sidebar import keep_report
from fer.web.resources import classrooms
from fer.web.visitor import clock_time
from fer.web.widgets.confirm import confirm_button

_REPORT = "class-report-wanted"


def end_button(room: Classroom) -> None:
    """Show the button that ends the class and makes its report."""

    def end() -> None:
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
    """Show that the class is over, offer its report or make it, and offer to open another class."""
    st.title(texts.TITLE)
    st.info(texts.OVER.format(title=markdown(room.title)))
    if not visit.may_end(room):
        return
    wanted = st.session_state.pop(_REPORT, False)
    if st.button(texts.REPORT, key="class-report", type="primary") or wanted:
        name = texts.REPORT_NAME.format(title=room.title, when=clock_time(room.began))
        if room.students:
            keep_report(lambda: class_report(room, name))
        else:
            st.info(live_texts.REPORT_EMPTY)
    st.button(texts.ANOTHER, key="class-another", on_click=visit.leave)
