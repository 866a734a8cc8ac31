"""The sliders for the limits of alerts, which the live page and the class page share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from fer.mood.alerts import AlertLimits
from fer.web.live import texts
from fer.web.widgets.kept import kept


def positions(limits: AlertLimits) -> dict[str, int]:
    """Returns where the sliders stand for these limits, by their names: in percent, and in s."""
    return {
        "negative": round(100 * limits.negative),
        "presence": round(100 * limits.presence),
        "hold": round(limits.hold_s),
    }


def limits_at(values: Mapping[str, int]) -> AlertLimits:
    """Returns the limits for these positions of the sliders."""
    return AlertLimits(values["negative"] / 100, values["presence"] / 100, float(values["hold"]))


def limit_sliders(
    at_first: Mapping[str, int],
    prefix: str = "",
    on_change: Callable[[str], None] | None = None,
    persist_state: bool | None = None,
) -> dict[str, int]:
    """Show the sliders; returns their positions.

    Args:
        at_first: their positions at first.
        prefix: what their keys begin with; the names follow.
        on_change: is called with the name of a slider that the visitor has moved.
        persist_state: whether a visit to another page leaves them as they are.
    """
    ranges = {
        "negative": (texts.NEGATIVE, 10, 90, 5, texts.PERCENT),
        "presence": (texts.PRESENCE, 10, 90, 5, texts.PERCENT),
        "hold": (texts.HOLD, 1, 60, 1, texts.SECONDS),
    }
    return {
        name: st.slider(
            label,
            least,
            most,
            kept(prefix + name, at_first[name]),
            step,
            format=unit,
            key=prefix + name,
            on_change="rerun" if on_change is None else partial(on_change, name),
            persist_state="session" if persist_state else None,
        )
        for name, (label, least, most, step, unit) in ranges.items()
    }
