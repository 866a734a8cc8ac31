"""What the visitor's browser says about itself."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from fer.text import date_time, date_time_with_zone


def clock_time(since_1970: float) -> str:
    """Returns a moment, given in seconds since 1970, as date and time on the visitor's clock."""
    return date_time(since_1970, zone())


def clock_time_with_zone(since_1970: float) -> str:
    """Like `clock_time`, but with the time zone's name, for times that other people read, too."""
    return date_time_with_zone(since_1970, zone())


def zone() -> tzinfo | None:
    """The time zone that the browser names, or None (the server's) if the name is unknown."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
