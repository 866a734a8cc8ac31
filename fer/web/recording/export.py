"""The tab with a result's downloads, and the buttons that delete the recording or the result."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from fer.errors import RecordingError
from fer.jobs.job import Job
from fer.report.contents import Contents, contents
from fer.report.export import to_csv, to_parquet
from fer.report.html import to_html
from fer.report.pdf import to_pdf
from fer.report.report import Report
from fer.text import markdown
from fer.web.access.results import jobs
from fer.web.faults import public
from fer.web.fragment import fragment
from fer.web.recording import navigation, texts
from fer.web.recording.earlier import delete_button
from fer.web.widgets.confirm import confirm_button
from fer.web.widgets.download import download_button

TYPES = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}


def export(job: Job, report: Report, shown: tuple[float, float]) -> None:
    """Show the tab.

    Args:
        job: the analysis.
        report: the report on the chosen period.
        shown: start and end of that period, s.
    """
    st.caption(texts.EXPORT_NOTE)
    fragment(_downloads)(job, report, shown)
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


def _contents(job: Job, report: Report, shown: tuple[float, float]) -> Contents:
    return contents(report, shown, navigation.when(job))


def _forget_video(job_id: str) -> None:
    problems = []
    try:
        jobs().forget_video(job_id)
    except RecordingError as problem:
        problems.append(markdown(public(problem)))
    navigation.go_to(navigation.wanted(), problems)


def _downloads(job: Job, report: Report, shown: tuple[float, float]) -> None:
    stem = Path(job.name).stem or texts.UNNAMED
    offers: list[tuple[str, str, Callable[[], str | bytes]]] = [
        (
            texts.REPORT_HTML,
            "report.html",
            lambda: to_html(_contents(job, report, shown)),
        ),
        (texts.REPORT_PDF, "report.pdf", lambda: to_pdf(_contents(job, report, shown))),
    ]
    for name, table in report.tables().items():
        if len(table):
            title = texts.TABLES[name]
            offers += [
                (
                    texts.TABLE_CSV.format(table=title),
                    f"{name}.csv",
                    partial(to_csv, table),
                ),
                (
                    texts.TABLE_PARQUET.format(table=title),
                    f"{name}.parquet",
                    partial(to_parquet, table),
                ),
            ]
    columns = st.columns(4)
    for number, (label, name, make) in enumerate(offers):
        with columns[number % 4]:
            type_ = TYPES[Path(name).suffix]
            download_button(label, make, f"{stem}-{name}", type_, f"export-{name}-{job.id}")
