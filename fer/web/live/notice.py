"""The notice that a visitor reads before using the live page for the first time."""

from __future__ import annotations

import streamlit as st

from fer.purpose import PRODUCT
from fer.report.chapters import all_chapters
from fer.report.sample import sample_report
from fer.report.sentence import sentence
from fer.web.live import texts
from fer.web.widgets.chart import still_chart


def require() -> None:
    """Until the visitor has confirmed the notice, show it and stop the run of the page there."""
    if st.session_state.get("notice_read"):
        return
    st.title(PRODUCT)
    st.markdown(texts.WELCOME)
    if st.toggle(texts.SAMPLE, key="sample"):
        _sample()
    st.subheader(texts.NOTICE_HEADING)
    st.markdown(texts.NOTICE)
    # Callbacks run before the page does, so no click is lost if the run of the page is cut short.
    st.button(texts.NOTICE_READ, type="primary", key="notice-read", on_click=_confirm)
    st.stop()


def _confirm() -> None:
    st.session_state.notice_read = True


def _sample() -> None:
    report = sample_report(texts.SAMPLE_NAME)
    st.caption(texts.SAMPLE_NOTE)
    st.markdown(f"##### {sentence(report)}")
    for chapter in all_chapters(report):
        if chapter.key in ("shares", "valence"):
            st.markdown(f"**{chapter.title}**")
            still_chart(chapter.figure, f"sample-{chapter.key}")
