"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """GOOD: works. WARNING: works for now, or less well. BAD: something will not work."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "problem"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at, in a word or two.
        outcome: how it is.
        finding: what was seen, as a sentence.
        remedy: what to do; "" where nothing needs to be done.
    """

    name: str
    outcome: Outcome
    finding: str
    remedy: str = ""


def good(name: str, finding: str) -> Check:
    """Returns the result of a check if nothing is wrong."""
    return Check(name, Outcome.GOOD, finding)


def warning(name: str, finding: str, remedy: str) -> Check:
    """Returns the result of a check if there is something to know about."""
    return Check(name, Outcome.WARNING, finding, remedy)


def bad(name: str, finding: str, remedy: str) -> Check:
    """Returns the result of a check if something will not work."""
    return Check(name, Outcome.BAD, finding, remedy)
