"""Where the files lie that make up the pages: their scripts, style sheets, and the icon."""

from __future__ import annotations

from pathlib import Path

from fer.settings import ROOT

PAGES = ROOT / "pages"
"""Folder of the scripts of the pages, for `st.Page` and `st.switch_page`."""

_HERE = Path(__file__).resolve().parent

ICON = str(_HERE / "icon.svg")
"""Path of the icon in the browser's tab."""

STYLE = _HERE / "shell.css"
"""Path of the style sheet of every page."""


def page_style(folder: str) -> Path:
    """Returns the path of the style sheet of one page; `folder` is that of its parts."""
    return _HERE / folder / "page.css"
