"""What all pages stand in: the icon of the browser's tab."""

from __future__ import annotations

from pathlib import Path

ICON = str(Path(__file__).resolve().parent / "icon.svg")
"""Path of the icon in the browser's tab."""
