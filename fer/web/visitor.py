"""What the visitor's browser says about itself."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def clock_time(since_1970: float) -> str:
    """A moment, in s since 1970, by the visitor's clock."""
    return f"{datetime.fromtimestamp(since_1970, _zone()):%Y-%m-%d %H:%M}"


def _zone() -> tzinfo | None:
    """The time zone that the browser names; None, the server's, where it names an unknown one."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
