"""The tab that compares a result with another one, or with the average of all others."""

from __future__ import annotations

import streamlit as st

from fer.charts.comparison import comparison_bars, comparison_lines
from fer.errors import RecordingError
from fer.jobs.job import Job
from fer.report.comparison import Outline, comparison, outline
from fer.report.report import Report
from fer.web.access.results import jobs
from fer.web.faults import named
from fer.web.recording import navigation, texts
from fer.web.recording.earlier import finished
from fer.web.recording.stored import stored_outline
from fer.web.widgets.chart import still_chart

AVERAGE = "average"


def compare(job: Job, report: Report) -> None:
    """Choose what to compare the report with, and draw both."""
    others = {other.id: other for other in finished() if other.id != job.id}
    if not others:
        st.info(texts.NOTHING_TO_COMPARE)
        return

    outlines = {other: _outline(other) for other in others}
    with_faces = [
        other
        for other, one in outlines.items()
        if isinstance(one, Outline) and one.shares is not None
    ]

    def name(key: str) -> str:
        if key == AVERAGE:
            some = len(with_faces) < len(others)
            text = texts.AVERAGE_WITH_FACES if some else texts.AVERAGE
            return text.format(count=len(with_faces))
        return texts.RESULT.format(name=others[key].name, when=navigation.when(others[key]))

    average = [AVERAGE] if len(with_faces) > 1 else []
    chosen = st.selectbox(
        texts.COMPARE, [*average, *others], format_func=name, key=f"compare-{job.id}"
    )
    wanted = list(others) if chosen == AVERAGE else [chosen]
    for other in wanted:
        if isinstance(problem := outlines[other], RecordingError):
            st.warning(named(others[other].name, problem))
    shares, curve = comparison([one for key in wanted if isinstance(one := outlines[key], Outline)])
    these_shares, this_curve = comparison([outline(report.timeline, report.summary)])
    if shares is None or curve is None or these_shares is None or this_curve is None:
        st.info(texts.NO_FACE_TO_COMPARE)
        return
    label = texts.AVERAGE_SHORT if chosen == AVERAGE else others[chosen].name
    still_chart(
        comparison_bars({texts.THIS_ONE: these_shares.tolist(), label: shares.tolist()}),
        f"compare-shares-{job.id}",
    )
    still_chart(
        comparison_lines({texts.THIS_ONE: this_curve.tolist(), label: curve.tolist()}),
        f"compare-valence-{job.id}",
    )


def _outline(job_id: str) -> Outline | RecordingError:
    """Returns the outline of a result, or what is wrong with it."""
    try:
        return stored_outline(job_id, jobs())
    except RecordingError as problem:
        return problem
