"""How long results and classes are kept."""

from __future__ import annotations

import math

DAY_S = 86400.0

UNDO_S = 60.0
"""Seconds for which a result or a class that was thrown away can be taken back."""


def oldest_kept(keep_days: int, now: float) -> float:
    """Returns the time before which everything is old enough to be deleted.

    Args:
        keep_days: days for which results and classes are kept; 0 keeps them for ever.
        now: in seconds since 1970.

    Returns:
        In seconds since 1970; minus infinity if nothing is ever too old.
    """
    return now - keep_days * DAY_S if keep_days else -math.inf
