"""What all pages share: the icon in the browser's tab, the style sheet, and their scripts."""

from __future__ import annotations

from pathlib import Path

from fer.settings import ROOT

ICON = str(Path(__file__).resolve().parent / "icon.svg")
"""Path of the icon in the browser's tab."""

STYLE = Path(__file__).resolve().parent / "shell.css"
"""Path of the style sheet of every page."""

(
    LIVE_PAGE,
    CLASS_PAGE,
    RECORDING_PAGE,
    SESSIONS_PAGE,
    MODEL_PAGE,
    CONNECTION_PAGE,
    SERVER_PAGE,
) = (
    ROOT / "pages" / f"{name}.py"
    for name in ("live", "class", "recording", "sessions", "model", "connection", "server")
)
"""The scripts of the pages, as `st.Page` and `st.switch_page` take them."""
