"""The charts of a result."""

from __future__ import annotations

from collections.abc import Iterable

import plotly.graph_objects as go
import streamlit as st

from fer.report.chapters import Chapter

CONTAINERS = ("time-main", "time-more", "time-voice", "time-face")
"""Keys of the containers whose charts show the recording's time and the player's cursor."""


def show_chapters(chapters: dict[str, Chapter], keys: Iterable[str], job_id: str) -> None:
    """Draw the chapters with these keys, if they exist, each with its title and note."""
    for key in keys:
        chapter = chapters.get(key)
        if chapter is None:
            continue
        st.markdown(f"**{chapter.title}**")
        show_figure(chapter.figure, f"{key}-{job_id}")
        if chapter.note:
            st.caption(chapter.note)


def show_figure(figure: go.Figure, key: str) -> None:
    """Show a figure without Plotly's tool bar."""
    st.plotly_chart(figure, key=key, width="stretch", config={"displayModeBar": False})
