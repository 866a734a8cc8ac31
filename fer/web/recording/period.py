"""The slider that chooses a part of a recording."""

from __future__ import annotations

from datetime import time, timedelta

import streamlit as st

from fer.web.recording import texts

_LAST = 24 * 3600 - 1


def period(job_id: str, duration: float) -> tuple[float, float]:
    """Let the visitor choose a period; returns its start and end in s.

    Args:
        job_id: the id of the result.
        duration: the length of the recording, s. Below 2 s there is no choice.
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
    """Turns seconds into a time of day, which Streamlit's slider shows like a clock.

    The slider can show no more than a day, so longer times become the last second of the day.
    """
    whole = min(int(seconds), _LAST)
    return time(whole // 3600, whole // 60 % 60, whole % 60)


def seconds_of(moment: time) -> float:
    """The inverse of `time_of`."""
    return moment.hour * 3600.0 + moment.minute * 60 + moment.second
