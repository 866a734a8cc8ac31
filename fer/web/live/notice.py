"""The notice that a visitor reads before a page uses cameras for the first time."""

from __future__ import annotations

import streamlit as st

from fer.purpose import PRODUCT
from fer.report.chapters import all_chapters
from fer.report.sample import sample_report
from fer.report.sentence import sentence
from fer.web.addresses import join_path
from fer.web.live import demo, texts
from fer.web.widgets.chart import still_chart


def is_read() -> bool:
    """Returns whether the visitor has confirmed the notice."""
    return bool(st.session_state.get("notice_read"))


def show() -> None:
    """Show the notice with the button that confirms it."""
    st.header(texts.NOTICE_HEADING)
    st.markdown(texts.NOTICE)
    st.button(texts.NOTICE_READ, type="primary", key="notice-read", on_click=_confirm)


def require() -> None:
    """Until the visitor has confirmed the notice, show it and stop the run of the live page there.

    Before it the page says what this is, and offers what needs nobody's consent: the demo, a sample
    report, and the way to a class for students.
    """
    if is_read():
        return
    st.title(PRODUCT)
    st.markdown(texts.WELCOME)
    with st.container(horizontal=True, vertical_alignment="center"):
        # Callbacks run before the page does, so no click is lost if the run of the page is cut
        # short.
        st.button(texts.DEMO, icon=":material/play_arrow:", key="demo-begin", on_click=demo.begin)
        st.link_button(texts.JOIN, join_path(), help=texts.JOIN_HELP, icon=":material/qr_code_2:")
        sample = st.toggle(texts.SAMPLE, key="sample")
    if sample:
        _sample()
    show()
    st.stop()


def _confirm() -> None:
    st.session_state.notice_read = True


def _sample() -> None:
    report = sample_report(texts.SAMPLE_NAME)
    st.caption(texts.SAMPLE_NOTE)
    st.markdown(f"## {sentence(report)}")
    for chapter in all_chapters(report):
        if chapter.key in ("shares", "valence"):
            st.markdown(f"**{chapter.title}**")
            still_chart(chapter.figure, f"sample-{chapter.key}")
