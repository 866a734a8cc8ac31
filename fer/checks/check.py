"""The result of a check."""

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
    """The result of one check.

    Attributes:
        name: what was checked, in a word or two.
        outcome: whether it is good.
        finding: what the check saw, as a sentence.
        remedy: what to do, as a sentence; "" if nothing needs to be done.
    """

    name: str
    outcome: Outcome
    finding: str
    remedy: str = ""


def good(name: str, finding: str) -> Check:
    """Returns the result of a check that found nothing wrong."""
    return Check(name, Outcome.GOOD, finding)


def warning(name: str, finding: str, remedy: str) -> Check:
    """Returns the result of a check that found something that works, but only for now or badly."""
    return Check(name, Outcome.WARNING, finding, remedy)


def bad(name: str, finding: str, remedy: str) -> Check:
    """Returns the result of a check that found something that will not work."""
    return Check(name, Outcome.BAD, finding, remedy)
