"""One thing that was looked at, with what to do about it."""

from __future__ import annotations

import streamlit as st

from fer.checks.check import Check, Outcome
from fer.text import markdown

_ICONS = {
    Outcome.GOOD: ":material/check:",
    Outcome.WARNING: ":material/warning:",
    Outcome.BAD: ":material/error:",
}


def show_check(check: Check) -> None:
    """Draw a check: a line if it is good, else a box with the remedy."""
    text = f"**{markdown(check.name)}**: {markdown(check.finding)}"
    icon = _ICONS[check.outcome]
    if check.outcome == Outcome.GOOD:
        st.markdown(f"{icon} {text}")
        return
    draw = st.error if check.outcome == Outcome.BAD else st.warning
    draw(f"{text}\n\n{markdown(check.remedy)}", icon=icon)
