"""The numbers of the class: a note while they are waited for, then sentence, shares and charts."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from fer.charts import timeline as charts
from fer.classroom.classroom import Classroom
from fer.classroom.numbers import ClassNumbers, Waiting
from fer.classroom.pulse import Pulse
from fer.mood.record import CHART_SECONDS
from fer.web.classroom import texts
from fer.web.classroom.co_teacher import PARAMETER, invited
from fer.web.live import numbers as live
from fer.web.live import texts as live_texts
from fer.web.resources import classrooms
from fer.web.widgets.chart import steady_chart

SMOOTH_S = 5
"""Seconds that each point of the charts sums up."""


def head(room: Classroom, window: int | None) -> None:
    """Show the sentence and the numbers of the last `window` seconds, or what is missing for them.

    Args:
        room: the class.
        window: seconds to look back; None for the whole class.
    """
    if not room.streaming or (PARAMETER in st.query_params and invited() is None):
        st.rerun()  # the class is over, or the link that opened it was revoked
    if room.alone:
        st.caption(texts.ALONE_NOW)
    elif classrooms().trouble is not None:
        st.warning(texts.STORE_AWAY_NOW)
    shown = room.numbers(time.time(), window)
    if isinstance(shown, Waiting):
        _wait(shown)
        return
    if room.k == 1:
        st.caption(texts.REHEARSAL_NOW)
    if room.mode.uses_cameras:
        places = live.slots()
        live.show_groups(shown.headline, shown.groups, places)
        places.numbers[-1].metric(texts.STUDENTS, shown.present, help=texts.STUDENTS_HELP)
        parts = [] if shown.groups else [texts.NO_FACES]
        parts += live.about_readings(shown.unsure, bool(shown.groups) and not shown.adjusted)
        places.status.caption(live_texts.SEPARATOR.join(parts))
    with st.container(key="numbers-pulse"):
        columns = st.columns(len(Pulse) + 1)
    for column, button in zip(columns, Pulse, strict=False):
        column.metric(texts.PULSES[button], f"{shown.pulse[button]:.0f}", help=texts.PULSE_HELP)
    st.caption(texts.PULSE_FADES)
    if not room.mode.uses_cameras:
        columns[-1].metric(texts.STUDENTS, shown.present, help=texts.STUDENTS_HELP)


def pulse(room: Classroom) -> None:
    """Draw how many students pressed each button over time."""
    if numbers(room) is None:
        return
    until = room.shown_until
    times = pd.Series(range(int(max(0, until - CHART_SECONDS)), int(until) + 1), dtype=float)
    table = pd.DataFrame(room.board.history(times.to_numpy()), columns=list(Pulse))
    table.insert(0, "t", times)
    st.caption(texts.PULSE_CHART)
    names = {str(button): texts.PULSES[button] for button in Pulse}
    figure = charts.press_lines(table, names, texts.PULSE_AXIS, height=190)
    steady_chart(figure, "pulse", texts.PULSE_ALT)


def faces(room: Classroom, window: int | None) -> None:
    """Draw the charts that the live page has, too, for the class."""
    if not room.mode.uses_cameras or numbers(room) is None:
        return
    classes = live.classes_choice()
    live.mood_charts(room, window, SMOOTH_S, classes)
    live.valence_chart(room, window, SMOOTH_S)
    live.faces_chart(room, window, SMOOTH_S)


def numbers(room: Classroom) -> ClassNumbers | None:
    """Returns the numbers of the class now, or None while there are none."""
    shown = room.numbers(time.time())
    return None if isinstance(shown, Waiting) else shown


def _wait(waiting: Waiting) -> None:
    if not waiting.present:
        st.info(texts.WAITING_NONE, icon=":material/hourglass_empty:")
    elif waiting.present < waiting.k:
        said = texts.WAITING.format(present=waiting.present, k=waiting.k)
        st.info(said, icon=":material/hourglass_empty:")
    else:
        said = texts.WAITING_SECONDS.format(present=waiting.present)
        st.info(said, icon=":material/hourglass_bottom:")
