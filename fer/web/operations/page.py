"""The parts of the page for operators. Each function draws one part."""

from __future__ import annotations

import time
from functools import partial

import pandas as pd
import streamlit as st

from fer.jobs.job import Job, JobState
from fer.jobs.problems import ELSEWHERE
from fer.live.rate import Counted, per_second
from fer.logs.recent import recent
from fer.text import markdown
from fer.web.faults import in_markdown
from fer.web.operations import texts
from fer.web.operations.figures import now
from fer.web.operations.health import ready_checks
from fer.web.resources import job_board
from fer.web.visitor import clock_time
from fer.web.widgets.checks import show_check
from fer.web.widgets.confirm import confirm_button

SHOWN = 20
"""How many errors the list shows."""


def health() -> None:
    """Show each check and what to do about it."""
    for check in ready_checks():
        show_check(check)


def numbers() -> None:
    """Show the current figures."""
    figures = now()
    read = Counted(time.monotonic(), figures["mood_readings_total"])
    rate = per_second(st.session_state.get("server-read"), read)
    st.session_state["server-read"] = read
    limit = figures["mood_memory_limit_bytes"] / 1e6
    delay = "mood_reading_delay_seconds"  # 0 if nothing was read
    shown = [
        (texts.PAGES, _count(figures, "mood_visits"), None),
        (texts.STUDENTS, _count(figures, "mood_students"), None),
        (texts.STREAMS, _count(figures, "mood_streams"), None),
        (texts.RATE, texts.UNKNOWN if rate is None else texts.RATE_VALUE.format(rate=rate), None),
        (texts.DELAY, _time(figures, delay) if figures[delay] else texts.UNKNOWN, texts.DELAY_HELP),
        (texts.LAG, _time(figures, "mood_event_loop_lag_seconds"), texts.LAG_HELP),
        (texts.DATABASE, _time(figures, "mood_database_latency_seconds"), None),
        (texts.MEMORY, _memory(figures), texts.MEMORY_HELP.format(limit=limit)),
        (texts.RUNNING, _count(figures, f"mood_jobs {JobState.RUNNING}"), None),
        (texts.QUEUE, _count(figures, f"mood_jobs {JobState.WAITING}"), None),
        (texts.ERRORS, _count(figures, "mood_errors_total"), texts.ERRORS_HELP),
        (texts.FAULTS, _count(figures, "mood_faults_total"), texts.FAULTS_HELP),
    ]
    with st.container(key="numbers-server"):
        for start in range(0, len(shown), 4):
            for column, (label, value, about) in zip(
                st.columns(4), shown[start : start + 4], strict=True
            ):
                column.metric(label, value, help=about)


def jobs() -> None:
    """List the analyses that wait, run or were interrupted, each with a button that ends it."""
    board = job_board()
    if not board.begun:
        st.caption(in_markdown(ELSEWHERE))
        return
    unfinished = [job for job in board.all() if not job.ended]
    if not unfinished:
        st.caption(texts.NO_JOBS)
    for job in unfinished:
        line, button = st.columns([5, 1], vertical_alignment="center")
        line.progress(min(1.0, job.progress), text=_line(job))
        with button:
            confirm_button(
                texts.END,
                texts.END_QUESTION,
                texts.END_ANSWER,
                partial(board.cancel, job.id),
                key=f"end-{job.id}",
            )


def problems() -> None:
    """List the last errors."""
    newest = recent.newest()[:SHOWN]
    if not newest:
        st.caption(texts.NO_PROBLEMS)
        return
    st.caption(texts.PROBLEMS_ABOUT)
    table = pd.DataFrame(
        {
            texts.WHEN: [clock_time(problem.at) for problem in newest],
            texts.NUMBER: [problem.reference for problem in newest],
            texts.WHAT: [markdown(problem.text) for problem in newest],
            texts.PART: [markdown(problem.logger) for problem in newest],
        }
    )
    st.table(table, border="horizontal", hide_index=True)


def _line(job: Job) -> str:
    text = texts.JOB_OF if job.owner else texts.JOB
    return text.format(
        name=markdown(job.name),
        owner=markdown(job.owner),
        state=texts.STATES[job.state],
        part=job.progress,
    )


def _count(figures: dict[str, float], name: str) -> str:
    return f"{figures[name]:,.0f}" if name in figures else texts.UNKNOWN


def _time(figures: dict[str, float], name: str) -> str:
    if name not in figures:
        return texts.UNKNOWN
    return texts.MILLISECONDS.format(ms=1000 * figures[name])


def _memory(figures: dict[str, float]) -> str:
    size = figures.get("process_resident_memory_bytes")  # Linux only
    return texts.UNKNOWN if size is None else texts.MEMORY_VALUE.format(mb=size / 1e6)
