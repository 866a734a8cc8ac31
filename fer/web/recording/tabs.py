"""The tabs of a result that show its numbers and charts."""

from __future__ import annotations

import streamlit as st

from fer.mood import timeline as tables
from fer.report.chapters import Chapter, face_chapters
from fer.report.contents import cue_lines
from fer.report.numbers import numbers
from fer.report.report import Report
from fer.text import clock
from fer.web.recording import chart, texts

VOICE_NUMBERS = (
    "dominant tone of voice",
    "valence of the voice",
    "speech, of the time",
    "unsure tone of voice",
)
MOST_FACES = 200
"""How many faces can be chosen: the ones seen most, because a crowd has thousands."""


def metrics(report: Report, names: tuple[str, ...]) -> None:
    """Show the report's numbers with these names in one row."""
    chosen = [number for number in numbers(report) if number.name in names]
    with st.container(key=f"numbers-{len(names)}"):
        for column, number in zip(st.columns(len(names)), chosen, strict=False):
            column.metric(number.name, number.value, help=texts.NUMBER_HELP.get(number.name))


def shares(job_id: str, report: Report, chapters: dict[str, Chapter]) -> None:
    """Show the shares of all expressions, and all numbers of the report."""
    ring, table = st.columns([5, 7])
    with ring:
        chart.show_chapters(chapters, ("donut",), job_id)
    with table:
        rows = "\n".join(f"| {n.name} | {n.value} |" for n in numbers(report))
        st.markdown(f"| {texts.NUMBER} | {texts.VALUE} |\n|---|---|\n{rows}")


def cues(job_id: str, report: Report, chapters: dict[str, Chapter]) -> None:
    """Show faces, head pose and further cues, and explain what they mean."""
    with st.container(key=chart.CONTAINERS[1]):
        chart.show_chapters(chapters, ("faces", "cues", "pose", "blinks"), job_id)
    if lines := cue_lines(report):
        st.markdown(f"**{texts.CUES}**")
    for cue in lines:
        st.markdown(
            texts.CUE.format(
                name=cue.name, label=cue.label, meaning=cue.meaning, not_for=cue.not_for
            )
        )


def voice(job_id: str, report: Report, chapters: dict[str, Chapter]) -> None:
    """Show the tone of voice."""
    if "voice" not in chapters:
        st.info(texts.NO_VOICE)
        return
    metrics(report, VOICE_NUMBERS)
    with st.container(key=chart.CONTAINERS[2]):
        chart.show_chapters(chapters, ("voice", "voice-valence"), job_id)


def faces(job_id: str, report: Report, shown: tuple[float, float]) -> None:
    """Let the visitor choose a face, and show it over time."""
    stays = tables.tracks(report.faces).head(MOST_FACES).set_index("track")
    frames = len(report.timeline)

    def name(track: int) -> str:
        rows, first, last = stays.loc[[track]].to_numpy(dtype=float)[0]
        return texts.FACE_NAME.format(
            track=track,
            part=rows / frames,
            first=clock(first),
            last=clock(last),
        )

    track = st.selectbox(texts.FACE, list(stays.index), format_func=name, key=f"face-{job_id}")
    st.caption(texts.FACE_NOTE)
    chapters = {chapter.key: chapter for chapter in face_chapters(report, track, shown)}
    with st.container(key=chart.CONTAINERS[3]):
        chart.show_chapters(chapters, chapters, job_id)
