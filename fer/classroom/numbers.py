"""What a class says at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from fer.classroom.pulse import Pulse, Tally
from fer.mood.groups import GroupShare, group_shares
from fer.mood.headline import headline
from fer.mood.record import MoodRecord


@dataclass(frozen=True)
class Waiting:
    """There are no numbers yet, or no longer: too few students are here.

    Attributes:
        present: how many are.
        k: how many are needed.
    """

    present: int
    k: int


@dataclass(frozen=True)
class ClassNumbers:
    """What a class says at one moment, over at least k students.

    Attributes:
        present: students connected.
        headline: one sentence on the class, and one on how many faces it is of.
        groups: shares of the four groups; empty where faces of too few students were read.
        adjusted: see `fer.live.numbers.LiveNumbers`.
        unsure: share of the faces that were read with too little confidence; None without any.
        pulse: how many students press what, earlier presses faded.
        tally: answers to the question that stands; None without one, or while there are too few.
    """

    present: int
    headline: str
    groups: list[GroupShare]
    adjusted: bool
    unsure: float | None
    pulse: dict[Pulse, float]
    tally: Tally | None


def class_numbers(
    record: MoodRecord,
    seconds: float | None,
    present: int,
    pulse: dict[Pulse, float],
    tally: Tally | None,
) -> ClassNumbers:
    """The values over the last `seconds` of a record, or over all of it for None."""
    mood = record.mood(seconds)
    groups = group_shares(mood.class_shares(record.prevalence)) if mood.read else []
    frames = max(1, mood.frames)
    return ClassNumbers(
        present=present,
        headline=headline(
            groups,
            seen=mood.faces / frames,
            readable=mood.read / frames,
            minutes=record.minutes(),
        ),
        groups=groups,
        adjusted=record.prevalence is not None,
        unsure=1 - mood.sure / mood.read if mood.read else None,
        pulse=pulse,
        tally=tally,
    )
