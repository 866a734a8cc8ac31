"""The report on a live session, made from its table, alerts and marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from fer.mood.alerts import COVERED
from fer.mood.prevalence import Prevalence
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.report.report import Report


def live_report(
    timeline: pd.DataFrame,
    alerts: Sequence[Event],
    marks: Sequence[Mark],
    source: str,
    began: float | None = None,
    *,
    sums: pd.DataFrame | None = None,
    prevalence: Prevalence | None = None,
) -> Report:
    """Make the report on a live session or a class.

    Args:
        timeline: one row for each second, with `fer.mood.timeline.TIMELINE_COLUMNS`; NaN in pauses.
        alerts: the alerts of the session, by the limits that the instructor had set. The moments of
            a recording that they stand for are left out, also where no alert was raised.
        marks: the marks of the session.
        source: the name of the session.
        began: when it began, in s since 1970, for its date and clock times; None leaves them out.
        sums: those of each second, `fer.mood.window.MoodWindow.sums`. The shares and their
            intervals are calculated from them, as the live page does it; None takes the means of
            the timeline, without intervals.
        prevalence: that of the network that read the faces.

    Raises:
        ValueError: a column is missing, or there are no rows.
    """
    if not len(timeline):
        raise ValueError("the session has no rows")
    report = Report.from_tables(
        timeline, source=source, marks=marks, sums=sums, prevalence=prevalence
    )
    events = [*(event for event in report.events if event.kind not in COVERED), *alerts]
    events.sort(key=lambda event: event.start)
    summary = {**report.summary, "events": len(events)}
    if began is not None:
        summary["began"] = began
    return replace(report, events=events, summary=summary)
