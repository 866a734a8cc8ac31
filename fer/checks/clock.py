"""Checks whether the clock of this machine was ever set."""

from __future__ import annotations

import time

from fer.checks.check import Check, bad, good
from fer.text import date_time_with_zone

WRITTEN = 1_767_225_600.0
"""A moment before this app was written, in s since 1970: the first of January 2026."""


def check_clock(now: float | None = None) -> Check:
    """Check whether the clock can be right; `now` is in s since 1970, or None for this machine's.

    Small computers without a battery begin in 1970, or when they were last switched off.
    """
    now = time.time() if now is None else now
    finding = f"The clock of this machine says {date_time_with_zone(now)}."
    if now < WRITTEN:
        return bad(
            "clock",
            finding,
            "Set it, or let it be set over the network, before the app starts. Results get its "
            "date, so FER_KEEP_DAYS would delete them at once when the clock is set later.",
        )
    return good("clock", finding)
