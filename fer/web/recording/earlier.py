"""Earlier results: a table in which they can be opened and deleted."""

from __future__ import annotations

import streamlit as st

from fer.errors import RecordingError
from fer.jobs.job import Job
from fer.mood.headline import shares_in_words
from fer.text import clock, markdown
from fer.web.access.results import jobs
from fer.web.faults import in_markdown
from fer.web.recording import navigation, stored, texts
from fer.web.resources import bin_
from fer.web.widgets.confirm import confirm_button

SHOWN = 10
"""Number of rows in the table until the visitor asks for all."""

_WIDTHS = (4, 2, 1, 5)


def finished() -> list[Job]:
    """Returns the results that nobody has thrown away, the newest first."""
    return [job for job in jobs().finished() if not bin_().holds(job.id)]


def results() -> None:
    """Show the table of the results on this server, if there are any."""
    _thrown_away()
    results = finished()
    if not results:
        return
    st.header(texts.EARLIER)
    shown = results
    if len(results) > SHOWN and not st.session_state.get("earlier-all"):
        shown = results[:SHOWN]
    with st.container(key="table"):
        with st.container(key="table-head"):
            for column, title in zip(st.columns(_WIDTHS), texts.COLUMNS, strict=True):
                column.caption(title)
        chosen = {job.id: job.name for job in shown if _row(job)}
    if len(results) > SHOWN:
        st.toggle(texts.SHOW_ALL.format(count=len(results)), key="earlier-all")
    left, right, _ = st.columns([1, 1, 4])
    if left.button(texts.OPEN, disabled=not chosen, key="earlier-open", width="stretch"):
        navigation.show_jobs(list(chosen))
    with right:
        delete_button(texts.DELETE, chosen, "earlier-delete")


def _row(job: Job) -> bool:
    """Show a result as a row of the table; returns whether it is chosen."""
    name, date, length, short = st.columns(_WIDTHS, vertical_alignment="center")
    chosen = name.checkbox(markdown(job.name), key=f"earlier-{job.id}")
    date.markdown(navigation.when(job))
    try:
        outline = stored.stored_outline(job.id, jobs())
    except RecordingError:
        length.markdown(texts.NO_LENGTH)
        return chosen
    length.markdown(clock(outline.length_s) if outline.length_s else texts.NO_LENGTH)
    short.markdown(markdown(shares_in_words(outline.shares)) or texts.NO_LENGTH)
    return chosen


def _thrown_away() -> None:
    """Show the results that this visit has thrown away and can take back."""
    mine: dict[str, str] = st.session_state.setdefault("thrown-away", {})
    held = {job_id: name for job_id, name in mine.items() if bin_().holds(job_id)}
    for job_id in set(mine) - set(held):
        if problem := bin_().problem(job_id):
            st.error(in_markdown(problem))
    st.session_state["thrown-away"] = held
    if not held:
        return
    text, button = st.columns([6, 1], vertical_alignment="center")
    names = ", ".join(markdown(name) for name in held.values())
    text.info(texts.THROWN_AWAY.format(names=names))
    button.button(
        texts.TAKE_BACK,
        key="earlier-undo",
        width="stretch",
        on_click=bin_().take_back,
        args=(list(held),),
    )


def delete_button(label: str, names: dict[str, str], key: str) -> None:
    """Show a button that asks for confirmation and then throws results away.

    Args:
        label: the text on the button.
        names: the names of the results, by their ids.
        key: the key of the button that confirms.
    """

    def delete() -> None:
        bin_().put(names)
        for job_id in names:
            stored.forget(job_id)
        st.session_state["thrown-away"] = st.session_state.get("thrown-away", {}) | names
        navigation.go_to([other for other in navigation.wanted() if other not in names])

    lines = "\n".join(f"- {markdown(name)}" for name in names.values())
    confirm_button(
        label,
        texts.DELETE_QUESTION.format(names=lines),
        texts.DELETE_ANSWER,
        delete,
        key,
        disabled=not names,
        number=len(names) if len(names) > 1 else None,
    )
