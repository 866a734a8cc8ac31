"""Analyses that wait or run, and what became of those without a result."""

from __future__ import annotations

import time

import streamlit as st

from fer.jobs.job import Job, JobState
from fer.text import clock, counted, markdown
from fer.web.access.results import jobs
from fer.web.faults import in_markdown, named
from fer.web.fragment import fragment
from fer.web.recording import texts

PROGRESS_EVERY = 1.0

STARTS_WITHIN_S = 3.0
"""An analysis that is first in line for longer, s, waits for memory or for another to end."""


def progress(running: list[str]) -> None:
    """Show a line for each of these analyses. Once one has ended, the whole page runs again."""

    def lines() -> None:
        current = [job for job_id in running if (job := jobs().get(job_id))]
        for job in current:
            _line(job)
        if not all(job.open for job in current):
            st.rerun()

    fragment(lines, PROGRESS_EVERY if running else None)()


def _line(job: Job) -> None:
    bar, button = st.columns([6, 1], vertical_alignment="center")
    text = texts.PROGRESS.format(name=markdown(job.name), progress=_words(job))
    bar.progress(min(1.0, job.progress), text=text)
    if button.button(texts.CANCEL, key=f"cancel-{job.id}", width="stretch"):
        jobs().cancel(job.id)
        st.rerun()


def _words(job: Job) -> str:
    if job.state == JobState.WAITING:
        ahead = jobs().ahead(job.id)
        if not ahead and time.time() - job.created < STARTS_WITHIN_S:
            return texts.STARTS
        if not ahead:
            return texts.NEXT
        return texts.WAITS.format(ahead=counted(ahead, "analysis", "analyses"))
    if job.seconds_left is None:
        return texts.PART_DONE.format(part=job.progress)
    return texts.TIME_LEFT.format(part=job.progress, left=clock(job.seconds_left + 0.5))


def ended(job: Job) -> None:
    """Say why an analysis gave no result, and offer to continue an interrupted one."""
    name = markdown(job.name)
    if job.state == JobState.FAILED:
        st.error(named(job.name, job.message))
    elif job.state == JobState.CANCELLED:
        deleted = ""
        if job.uploaded:
            deleted = texts.UPLOAD_NOT_DELETED if job.left_behind else texts.UPLOAD_DELETED
        st.info(texts.ENDED_CANCELLED.format(name=name) + deleted)
    elif job.state == JobState.INTERRUPTED:
        text, go_on, cancel = st.columns([5, 1, 1], vertical_alignment="center")
        reason = in_markdown(job.message) or texts.RESTARTED
        text.warning(texts.ENDED_INTERRUPTED.format(name=name, reason=reason))
        if go_on.button(texts.CONTINUE, key=f"continue-{job.id}", width="stretch"):
            jobs().resume(job.id)
            st.rerun()
        if cancel.button(texts.CANCEL, key=f"cancel-{job.id}", width="stretch"):
            jobs().cancel(job.id)
            st.rerun()
