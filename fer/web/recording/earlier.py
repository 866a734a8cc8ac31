"""Earlier results: open and delete them."""

from __future__ import annotations

import streamlit as st

from fer.errors import RecordingError
from fer.text import markdown
from fer.web.faults import public
from fer.web.recording import navigation, stored, texts
from fer.web.resources import jobs
from fer.web.widgets.confirm import confirm_button


def results() -> None:
    """The results on this server, where there are any."""
    finished = jobs().finished()
    if not finished:
        return
    st.subheader(texts.EARLIER)
    names = {
        job.id: texts.RESULT.format(name=job.name, when=navigation.when(job)) for job in finished
    }
    chosen = st.multiselect(texts.RESULTS, list(names), format_func=names.__getitem__)
    left, right, _ = st.columns([1, 1, 4])
    if left.button(texts.OPEN, disabled=not chosen, key="earlier-open", width="stretch"):
        navigation.show_jobs(chosen)
    with right:
        delete_button(texts.DELETE, {job_id: names[job_id] for job_id in chosen}, "earlier-delete")


def delete_button(label: str, names: dict[str, str], key: str) -> None:
    """A button that asks, and then deletes results.

    Args:
        label: on the button.
        names: of the results, by their ids.
        key: of the second button.
    """

    def delete() -> None:
        problems = []
        for job_id in names:
            try:
                jobs().delete(job_id)
            except RecordingError as problem:
                problems.append(markdown(public(problem)))
            stored.forget(job_id)
        left = [other for other in navigation.wanted() if other not in names or jobs().get(other)]
        navigation.go_to(left, problems)

    lines = "\n".join(f"- {markdown(name)}" for name in names.values())
    question = texts.DELETE_QUESTION.format(names=lines)
    confirm_button(label, question, texts.DELETE_ANSWER, delete, key, disabled=not names)
