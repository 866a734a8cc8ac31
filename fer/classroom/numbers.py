"""The numbers of a class at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from fer.classroom.pulse import Pulse, Tally
from fer.mood.groups import GroupShare, group_shares
from fer.mood.headline import headline
from fer.mood.record import MoodRecord


@dataclass(frozen=True)
class Waiting:
    """There are no numbers now, because too few students are connected.

    Attributes:
        present: how many students are connected.
        k: how many are needed.
    """

    present: int
    k: int


@dataclass(frozen=True)
class ClassNumbers:
    """The numbers of a class at one moment, over at least k students.

    Attributes:
        present: how many students are connected.
        headline: one sentence about the class, and one about how many faces it is based on.
        groups: shares of the four groups of emotions; empty if the faces of too few students were
            read.
        adjusted: whether the shares are adjusted, as in `fer.live.numbers.LiveNumbers`.
        unsure: share, from 0 to 1, of the read faces that were read with too little confidence;
            None if no face was read.
        pulse: how many students press each button, where earlier presses count less.
        tally: the answers to the open question; None without a question, or while there are too few
            answers.
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
    """Returns the numbers over the last `seconds` of a record, or over all of it for None."""
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
