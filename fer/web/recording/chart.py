"""The charts of a result."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from fer.report.chapters import Chapter
from fer.web.widgets.chart import still_chart

CONTAINERS = ("time-main", "time-more", "time-voice", "time-face")
"""Keys of the containers whose charts show the recording's time and the player's cursor."""


def show_chapters(chapters: dict[str, Chapter], keys: Iterable[str], job_id: str) -> None:
    """Draw the chapters with these keys, if they exist, each with its title and note."""
    for key in keys:
        chapter = chapters.get(key)
        if chapter is None:
            continue
        st.markdown(f"**{chapter.title}**")
        still_chart(chapter.figure, f"{key}-{job_id}")
        if chapter.note:
            st.caption(chapter.note)
