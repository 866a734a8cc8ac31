"""What all pages stand in: the icon of the browser's tab and the style sheet."""

from __future__ import annotations

from pathlib import Path

ICON = str(Path(__file__).resolve().parent / "icon.svg")
"""Path of the icon in the browser's tab."""

STYLE = Path(__file__).resolve().parent / "shell.css"
"""Path of the style sheet of every page."""
