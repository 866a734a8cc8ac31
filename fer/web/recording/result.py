"""One result: its numbers, the recording beside its charts, and the tabs beneath."""

from __future__ import annotations

import contextlib

import streamlit as st

from fer.errors import RecordingError
from fer.jobs.job import Job
from fer.report.chapters import Chapter, all_chapters
from fer.report.highlights import best_and_worst
from fer.report.report import Report
from fer.report.sentence import sentence
from fer.text import markdown
from fer.web.access.results import jobs
from fer.web.faults import named
from fer.web.recording import chart, compare, export, tabs, texts
from fer.web.recording.period import period
from fer.web.recording.stored import stored_outline, stored_report
from fer.web.widgets.player import address, mapped, player

FACE_NUMBERS = (
    "dominant expression",
    "smile index",
    "valence (mean)",
    "unsure",
    "faces (mean, most)",
    "presence (mean)",
)


def result(job: Job) -> None:
    """Show the result of a finished analysis."""
    try:
        whole = stored_report(job.id, jobs())
    except RecordingError as problem:
        st.error(named(job.name, problem))
        return
    duration = max(whole.span()[1], float(whole.summary.get("duration_s") or 0.0))
    name, slider = st.columns([5, 7], vertical_alignment="center")
    name.markdown(f"**{markdown(job.name)}**")
    with slider:
        start_s, end_s = period(job.id, duration)
    report = whole.part(start_s, end_s)
    if not len(report.timeline) and report.voice is None:
        st.info(texts.PERIOD_EMPTY)
        return
    if len(report.timeline) and not report.timeline["faces"].any():
        st.info(texts.NO_FACE)
    for remark in report.summary.get("remarks", ()):
        st.warning(markdown(remark))
    if len(report.timeline):
        with st.container(key="headline"):
            st.markdown(f"## {sentence(report)}")
            for moment in best_and_worst(report):
                st.markdown(markdown(moment))
    tabs.metrics(report, FACE_NUMBERS if len(report.timeline) else tabs.VOICE_NUMBERS)
    shown = (start_s, min(end_s, duration))
    chapters = {chapter.key: chapter for chapter in all_chapters(report, shown)}
    left, right = st.columns([5, 7])
    with left:
        _play(job, report, duration)
    with right, st.container(key=chart.CONTAINERS[0]):
        main = ("shares", "valence") if "shares" in chapters else ("voice", "voice-valence")
        chart.show_chapters(chapters, main, job.id)
    _tabs(job, report, chapters, shown)


def is_live(job: Job) -> bool:
    """Returns whether a result is that of a live session, of which there is no recording."""
    with contextlib.suppress(RecordingError):
        return stored_outline(job.id, jobs()).live
    return False


def _tabs(
    job: Job, report: Report, chapters: dict[str, Chapter], shown: tuple[float, float]
) -> None:
    show = {}
    if len(report.timeline):
        show[texts.TAB_SHARES] = lambda: tabs.shares(job.id, report, chapters)
        show[texts.TAB_CUES] = lambda: tabs.cues(job.id, report, chapters)
        if not report.live:  # nobody listened to a live session
            show[texts.TAB_VOICE] = lambda: tabs.voice(job.id, report, chapters)
        if len(report.faces):
            show[texts.TAB_FACES] = lambda: tabs.faces(job.id, report, shown)
    show[texts.TAB_COMPARE] = lambda: compare.compare(job, report)
    show[texts.TAB_DOWNLOADS] = lambda: export.export(job, report, shown)
    for tab, draw in zip(st.tabs(list(show)), show.values(), strict=True):
        with tab:
            draw()


def _play(job: Job, report: Report, duration: float) -> None:
    source = None
    if job.video is not None:
        # The file may be deleted at this very moment; the player then offers to open a local one.
        with contextlib.suppress(OSError, ValueError):
            source = address(mapped(job.video), job.name, job.id)
    player(
        f"player-{job.id}",
        job.name,
        job.size,
        source,
        duration,
        report.moments(),
        chart.CONTAINERS,
        sound_only=not len(report.timeline),
        absent="" if report.live else texts.ABSENT,
    )
