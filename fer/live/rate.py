"""How fast a count grows."""

from __future__ import annotations

from typing import NamedTuple


class Counted(NamedTuple):
    """A count at a moment.

    Attributes:
        at: the moment in s, by a clock that never goes back.
        number: how many there had been until then.
    """

    at: float
    number: float


def per_second(before: Counted | None, now: Counted) -> float | None:
    """Returns how many came in a second between two moments.

    It is None where nobody knows: there is no earlier count, no time has passed, or the count has
    begun anew, as that of readings does when an engine is gone.
    """
    if before is None or now.at <= before.at or now.number < before.number:
        return None
    return (now.number - before.number) / (now.at - before.at)
