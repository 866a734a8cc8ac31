"""The tab with a result's downloads, and the buttons that delete the recording or the result."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fer.errors import RecordingError
from fer.jobs.job import Job
from fer.report.report import Report
from fer.text import markdown
from fer.web.access.results import jobs
from fer.web.faults import in_markdown
from fer.web.fragment import fragment
from fer.web.recording import navigation, texts
from fer.web.recording.downloads import downloads
from fer.web.recording.earlier import delete_button
from fer.web.visitor import clock_time_with_zone
from fer.web.widgets.confirm import confirm_button


def export(job: Job, report: Report, shown: tuple[float, float]) -> None:
    """Show the tab.

    Args:
        job: the analysis.
        report: the report on the chosen period.
        shown: start and end of that period, s.
    """
    st.caption(texts.EXPORT_NOTE)
    fragment(downloads)(job.name, report, shown, clock_time_with_zone(job.created), job.id)
    st.divider()
    left, right, _ = st.columns([1, 1, 2])
    with left:
        if job.uploaded and job.video:
            confirm_button(
                texts.FORGET,
                texts.FORGET_QUESTION.format(name=markdown(job.name)),
                texts.DELETE_ANSWER,
                partial(_forget_video, job.id),
                f"forget-{job.id}",
            )
    with right:
        delete_button(texts.DELETE_THIS, {job.id: job.name}, f"delete-{job.id}")


def _forget_video(job_id: str) -> None:
    problems = []
    try:
        jobs().forget_video(job_id)
    except RecordingError as problem:
        problems.append(in_markdown(problem))
    navigation.go_to(navigation.wanted(), problems)
