"""Which analyses the page shows: the address holds their ids, so a reload finds them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import streamlit as st

from fer.errors import RecordingError
from fer.jobs.job import Job
from fer.web.access.results import jobs
from fer.web.faults import named
from fer.web.once import Once
from fer.web.recording import texts
from fer.web.visitor import clock_time


def wanted() -> list[str]:
    """The ids of the analyses that the address names."""
    return list(dict.fromkeys(st.query_params.get_all("job")))


def show_jobs(ids: list[str], problems: Sequence[str] = ()) -> None:
    """Go to the view of these analyses, or to the first view if there are none.

    Args:
        ids: the ids of the analyses.
        problems: messages to show there about other analyses that could not be started.
    """
    go_to(ids, problems)
    st.rerun()


def go_to(ids: list[str], problems: Sequence[str] = ()) -> None:
    """Like `show_jobs`, for callers after which the page runs again anyway."""
    if not ids:
        started().forget()
    st.session_state.problems = problems
    st.query_params["job"] = ids


def problems() -> Sequence[str]:
    """Returns the messages that `show_jobs` was given."""
    return st.session_state.get("problems", ())


def unseen() -> list[str]:
    """Returns the ids of the analyses whose end this visit has not seen.

    The address alone would not do, because it loses them when the visitor goes to another page.
    """
    return st.session_state.setdefault("unseen", [])


def remember(ids: list[str], still_open: list[str]) -> None:
    """Keep in `unseen` the analyses that are not shown now, and of those shown the open ones."""
    st.session_state.unseen = [job_id for job_id in unseen() if job_id not in ids] + still_open


def announce_unseen() -> None:
    """Say how far the visit's other analyses are, beside a button that shows them."""
    others = [job for job_id in unseen() if (job := jobs().get(job_id))]
    if not others:
        return
    counts = Counter(texts.STATES[job.state] for job in others)
    text, button = st.columns([6, 1], vertical_alignment="center")
    listed = ", ".join(f"{number} {state}" for state, number in counts.items())
    text.info(texts.YOURS.format(counts=listed))
    if button.button(texts.OPEN, key="unseen-open", width="stretch"):
        show_jobs([job.id for job in others])


def started() -> Once[str]:
    """Returns what the last presses of a button have started: the ids of the analyses."""
    return st.session_state.setdefault("started", Once[str]())


def start(calls: Iterable[tuple[str, str, Callable[[], str]]]) -> None:
    """Start analyses and show them. If one cannot be started, the others start anyway.

    Args:
        calls: for each recording a key that tells it from all others, its name, and a function that
            starts its analysis and returns the id.
    """
    # A large upload is copied for a while, and whatever the visitor does meanwhile ends this run as
    # soon as it touches the session state. These three are there already.
    mine, once = unseen(), started()
    failed: list[str] = []
    st.session_state.problems = failed

    def begin(call: Callable[[], str]) -> str:
        mine.append(call())
        return mine[-1]

    for key, name, call in calls:
        try:
            once(key, partial(begin, call))
        except RecordingError as problem:
            failed.append(named(name, problem))
    # Also those of a press right before, which leaves the second press nothing to start.
    if ids := once.outcomes():
        show_jobs(ids, failed)
    for line in failed:
        st.error(line)


def when(job: Job) -> str:
    """When an analysis was started, by the visitor's clock."""
    return clock_time(job.created)
