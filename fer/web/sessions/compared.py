"""Several sessions compared over time."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer.charts.comparison import comparison_lines
from fer.charts.sessions import sessions_bars
from fer.errors import RecordingError, StoreError
from fer.report.export import to_csv
from fer.sessions.comparison import Compared, compare
from fer.sessions.session import Session
from fer.sessions.sessions import Sessions
from fer.text import markdown, unused
from fer.web import texts as shared
from fer.web.faults import named
from fer.web.fragment import fragment
from fer.web.sessions import texts
from fer.web.sessions.visible import glance
from fer.web.visitor import clock_time, zone
from fer.web.widgets.chart import still_chart
from fer.web.widgets.download import download_button

LINES = 5
"""Sessions whose course can be told apart in one chart."""


def compared(known: Sessions, sessions: Sequence[Session]) -> None:
    """Draw the sessions side by side, the oldest first, and offer the table."""
    st.title(texts.COMPARED)
    glances = []
    for one in sessions:
        try:
            glances.append((one, glance(one.key, known, one)))
        except (RecordingError, StoreError) as problem:
            st.warning(named(one.name, problem))
    result = compare(glances)
    for text, left_out in (
        (texts.NOT_REHEARSALS, result.rehearsals),
        (texts.NOT_WITHOUT_CAMERAS, result.without_cameras),
        (texts.NOT_SILENT, result.silent),
    ):
        if left_out:
            st.info(text.format(names=", ".join(markdown(one.name) for one in left_out)))
    if len(result.sessions) < 2:
        st.info(texts.COMPARE_MORE)
        return
    st.caption(texts.COMPARED_ABOUT)
    used: set[str] = set()
    labels = [
        unused(texts.LABEL.format(when=clock_time(one.began), name=one.name), used)
        for one in result.sessions
    ]
    st.markdown(f"**{texts.OVER_TIME}**")
    figure = sessions_bars(labels, result.groups, list(shared.GROUPS.values()))
    still_chart(figure, "sessions-shares")
    st.markdown(f"**{texts.COURSE}**")
    if len(labels) > LINES:
        st.caption(texts.COURSE_LIMIT.format(count=LINES))
    curves = dict(zip(labels, result.curves.tolist(), strict=True))
    newest = dict(list(curves.items())[-LINES:])
    still_chart(comparison_lines(newest), "sessions-valence")
    fragment(_table)(result)


def _table(result: Compared) -> None:
    download_button(
        texts.COMPARISON_CSV,
        lambda: to_csv(result.table(zone())),
        "sessions.csv",
        "text/csv",
        "sessions-csv",
    )
