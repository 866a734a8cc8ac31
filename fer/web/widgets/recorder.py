"""The recorder: a clip from the visitor's camera or microphone, recorded by the browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FRONTEND = Path(__file__).resolve().parent

_recorder = st.components.v2.component(
    "mood_recorder",
    html=(_FRONTEND / "recorder.html").read_text(encoding="utf-8"),
    css=(_FRONTEND / "recorder.css").read_text(encoding="utf-8"),
    js=(_FRONTEND / "recorder.js").read_text(encoding="utf-8"),
)


def recorder(key: str, uploader: str) -> None:
    """Show the recorder.

    Nothing leaves the browser while it records. A finished clip appears in the file uploader as
    if it had been chosen there.

    Args:
        key: the key of the component.
        uploader: the key of an `st.file_uploader` on the same page that takes videos and sound.
    """
    _recorder(key=key, data={"uploader": uploader})
