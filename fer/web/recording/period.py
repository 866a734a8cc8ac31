"""The slider that chooses a part of a recording."""

from __future__ import annotations

from datetime import time, timedelta

import streamlit as st

from fer.report.period import seconds_of, time_of
from fer.web.recording import texts


def period(job_id: str, duration: float) -> tuple[float, float]:
    """Let the visitor choose a period; returns its start and end in s.

    Args:
        job_id: the id of the result.
        duration: the length of the recording, s. Below 2 s there is no choice.
    """
    if duration < 2:
        return 0.0, duration
    last = time_of(duration + 1)
    start, end = st.slider(
        texts.PERIOD,
        time(),
        last,
        (time(), last),
        step=timedelta(seconds=1),
        format="HH:mm:ss",
        key=f"period-{job_id}",
        help=texts.PERIOD_HELP,
    )
    # A slider ends with the day, but a recording may be longer.
    return seconds_of(start), duration if end == last else seconds_of(end)
