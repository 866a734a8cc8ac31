"""The report on one past class."""

from __future__ import annotations

import streamlit as st

from fer.errors import RecordingError, StoreError
from fer.report.chapters import all_chapters
from fer.report.contents import contents
from fer.report.highlights import highlights
from fer.sessions.session import Session
from fer.sessions.sessions import Sessions
from fer.text import markdown
from fer.web.faults import in_markdown
from fer.web.fragment import fragment
from fer.web.recording import chart, tabs
from fer.web.recording.downloads import downloads
from fer.web.sessions import texts
from fer.web.sessions.visible import report as stored_report
from fer.web.visitor import clock_time_with_zone, zone

NUMBERS = (
    "length",
    "first to last number",
    "students (mean, most)",
    "dominant expression",
    "smile index",
    "valence (mean)",
    "unsure",
)


def class_report(known: Sessions, session: Session) -> None:
    """Show what the class was like, in sentences, numbers and charts, and the downloads."""
    st.title(markdown(session.name))
    when = clock_time_with_zone(session.began)
    try:
        report = stored_report(session.key, session.name, known, session)
    except ValueError:
        st.caption(when)
        st.info(texts.NO_NUMBERS)
        return
    except (RecordingError, StoreError) as problem:
        st.error(in_markdown(problem))
        return
    said = contents(report, date=when, zone=zone())
    st.caption(said.subtitle)
    for sentence in highlights(report):
        st.markdown(markdown(sentence))
    tabs.metrics(report, NUMBERS)
    chapters = {chapter.key: chapter for chapter in all_chapters(report)}
    left, right = st.columns([5, 7])
    with right:
        chart.show_chapters(chapters, ("shares", "valence", "pulse", "faces"), session.key)
    with left:
        chart.show_chapters(chapters, ("donut",), session.key)
        if said.events:
            st.markdown(f"**{texts.MOMENTS}**")
            st.markdown(
                "\n".join(
                    texts.MOMENT.format(when=event.when, kind=event.kind, text=markdown(event.text))
                    for event in said.events
                )
            )
    st.markdown(f"**{texts.DOWNLOADS}**")
    fragment(downloads)(session.name, report, report.span(), when, session.key)
