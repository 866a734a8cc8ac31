"""What the visitor's browser says about itself."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def clock_time(since_1970: float) -> str:
    """Returns a moment, given in seconds since 1970, as date and time on the visitor's clock."""
    return f"{datetime.fromtimestamp(since_1970, _zone()):%Y-%m-%d %H:%M}"


def clock_time_with_zone(since_1970: float) -> str:
    """Like `clock_time`, but with the time zone's name, for times that other people read, too."""
    moment = datetime.fromtimestamp(since_1970, _zone()).astimezone(_zone())
    return f"{moment:%Y-%m-%d %H:%M %Z}"


def _zone() -> tzinfo | None:
    """The time zone that the browser names, or None (the server's) if the name is unknown."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
