"""The slider that chooses a part of a recording."""

from __future__ import annotations

from datetime import time, timedelta

import streamlit as st

from fer.web.recording import texts

_LAST = 24 * 3600 - 1


def period(job_id: str, duration: float) -> tuple[float, float]:
    """Let the visitor choose a period; returns its start and end in s.

    Args:
        job_id: of the result.
        duration: of the recording, s. Too short a one cannot be cut.
    """
    if duration < 2:
        return 0.0, duration
    start, end = st.slider(
        texts.PERIOD,
        time(),
        time_of(duration + 1),
        (time(), time_of(duration + 1)),
        step=timedelta(seconds=1),
        format="HH:mm:ss",
        key=f"period-{job_id}",
        help=texts.PERIOD_HELP,
    )
    return seconds_of(start), seconds_of(end)


def time_of(seconds: float) -> time:
    """Seconds as a time of the day, which Streamlit's slider can write as a clock does.

    A day is the longest that it can write; later seconds are its last one.
    """
    whole = min(int(seconds), _LAST)
    return time(whole // 3600, whole // 60 % 60, whole % 60)


def seconds_of(moment: time) -> float:
    """The inverse of `time_of`."""
    return moment.hour * 3600.0 + moment.minute * 60 + moment.second
