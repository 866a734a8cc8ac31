"""The live page's sidebar: settings of its sensitivity, and the buttons for the session."""

from __future__ import annotations

import streamlit as st

from fer.errors import RecordingError, SettingsError
from fer.live.session import LiveSession
from fer.mood.alerts import AlertLimits
from fer.report.live_report import live_report
from fer.web.access.results import jobs
from fer.web.faults import in_markdown
from fer.web.fragment import fragment
from fer.web.live import demo, texts
from fer.web.live.limits import limit_sliders, limits_at, positions
from fer.web.once import Once
from fer.web.resources import core
from fer.web.shell import PAGES
from fer.web.visitor import clock_time
from fer.web.widgets.confirm import confirm_button
from fer.web.widgets.download import download_button
from fer.web.widgets.kept import kept

_WANTED = "report-wanted"

SMOOTHINGS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)


def sidebar(session: LiveSession) -> tuple[int | None, float]:
    """Show the sidebar and apply its limits to the session.

    Returns:
        Seconds to look back (None: the whole session), and smoothing in seconds.
    """
    with st.sidebar:
        st.markdown(f"**{texts.SENSITIVITY}**")
        window = window_choice()
        smoothing = st.select_slider(
            texts.SMOOTHING,
            SMOOTHINGS,
            kept("smoothing", 0.5),
            format_func=texts.SMOOTHING_SECONDS.format,
            help=texts.SMOOTHING_HELP,
            key="smoothing",
            persist_state="session",
        )
        limits = alert_limits()
        st.divider()
        fragment(_table)(session)
        _report(session)
        confirm_button(
            texts.CLEAR,
            texts.CLEAR_QUESTION,
            texts.CLEAR_ANSWER,
            session.clear,
            "clear-now",
            icon=":material/delete:",
        )
        with st.expander(texts.ABOUT):
            st.markdown(texts.NOTICE)
        detector = core().detector
        st.caption(texts.DETECTOR.format(name=detector.name), help=detector.about)
    session.tune(smoothing_s=smoothing, limits=limits)
    return window, smoothing


def window_choice() -> int | None:
    """Let the visitor choose how far to look back.

    Returns:
        Seconds, or None for the whole session.
    """
    window = st.segmented_control(
        texts.WINDOW,
        list(texts.WINDOWS),
        format_func=texts.WINDOWS.__getitem__,
        default=kept("window", 10),
        required=True,
        help=texts.WINDOW_HELP,
        key="window",
        persist_state="session",
    )
    return window or None


def alert_limits() -> AlertLimits:
    """Let the visitor choose when alerts are raised, and whether they are heard."""
    alert_sound()
    # A visit to another page must not reset the limits, because the alerts so far depend on them.
    return limits_at(limit_sliders(positions(AlertLimits()), persist_state=True))


def alert_sound() -> None:
    """Begin the part about alerts, and let the visitor choose whether they are heard."""
    st.markdown(f"**{texts.ALERTS}**")
    st.toggle(texts.SOUND, kept("sound", False), key="sound", persist_state="session")


def _report(session: LiveSession) -> None:
    # If a picture reaches the server together with the click, only the callback hears of the click.
    st.button(
        texts.REPORT,
        help=texts.REPORT_HELP,
        key="report-button",
        width="stretch",
        icon=":material/description:",
        on_click=_ask_for_report,
    )
    made: Once[str] = st.session_state.setdefault("reports-made", Once())
    if not st.session_state.pop(_WANTED, False):
        made.forget()
        return
    if session.began is None or not len(session.table()):
        st.info(texts.REPORT_EMPTY)
        return
    try:
        job_id = made("report", lambda: _made(session))
    except (RecordingError, SettingsError) as problem:
        st.error(in_markdown(problem))
        return
    st.switch_page(PAGES / "recording.py", query_params={"job": [job_id]})


def _made(session: LiveSession) -> str:
    """Keep a report of what the session has so far; returns the id under which it is kept."""
    assert session.began is not None
    title = texts.DEMO_REPORT_NAME if demo.is_on() else texts.REPORT_NAME
    report = live_report(
        session.table(),
        session.alerts,
        session.marks,
        title.format(when=clock_time(session.began)),
        session.began,
        sums=session.window.sums(),
        prevalence=session.prevalence,
    )
    return jobs().add_report(report.source, report)


def _ask_for_report() -> None:
    st.session_state[_WANTED] = True


def _table(session: LiveSession) -> None:
    download_button(texts.TABLE, session.csv, "class-mood.csv", "text/csv", "table-button")
