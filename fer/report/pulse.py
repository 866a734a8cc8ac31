"""The pulse of a class in its report: what students pressed, and how far it agrees with faces."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.text import clock, counted, signed

STUDENTS = "students"
"""The column of a class's timeline with the number of students who were connected."""

PULSE_COLUMNS: dict[str, str] = {
    "pulse_lost": "lost",
    "pulse_slower": "slower",
    "pulse_faster": "faster",
    "pulse_clear": "clear",
}
"""The columns of a class's timeline with its pulse, and what the buttons say: how many students
press each, earlier presses faded."""

PART_S = 30.0
"""Length of the parts of a class of which face and pulse are compared, in s."""

FEWEST_PARTS = 10
"""Fewer parts with presses show no agreement, and no lack of it."""

MANY_LOST = 0.2
"""Share of the students from which on many press lost."""

WEAK = 0.2
"""A weaker rank correlation than this is not worth a sentence, however many parts there are."""

CHANCE = 1.645
"""Standard deviations of a rank correlation that chance exceeds in one of ten classes. Without any
agreement its variance is 1 / (parts - 1) (Kendall and Gibbons 1990, "Rank Correlation Methods")."""

PRESSED = "Lost was pressed most around {when}: by {lost} of {students}."
NEVER = "Nobody pressed a button."
NEVER_LOST = "Nobody pressed lost."
AGREE = "Faces and presses agree: the clearer the class said it was, the more pleasant it looked"
DISAGREE = "Faces and presses disagree: the clearer the class said it was, the less pleasant it "
DISAGREE += "looked"
UNRELATED = "Faces and presses say little about each other"
CORRELATION = "{words} (rank correlation {value} over {parts} parts of {length:.0f} s)."
BOTH = (
    "At least {share:.0%} pressed lost in {parts}; faces looked less pleasant than usual in {both} "
)
BOTH += "of {lost}."
TOO_LITTLE = "Too little was pressed to say how far faces and presses agree."


@dataclass(frozen=True)
class Agreement:
    """How far what the students pressed agrees with how their faces looked.

    Attributes:
        parts: parts of `PART_S` in which faces were read and buttons pressed.
        correlation: Spearman's rank correlation of valence with how many more press clear than
            lost, -1 to 1; None if there are too few parts or nothing changes.
        lost: parts in which at least `MANY_LOST` of the students pressed lost.
        both: those of them in which the valence was below its median.
    """

    parts: int
    correlation: float | None
    lost: int
    both: int


def has_pulse(timeline: pd.DataFrame) -> bool:
    """Returns whether a timeline is that of a class with a pulse."""
    return {*PULSE_COLUMNS, STUDENTS} <= set(timeline.columns)


def agreement(timeline: pd.DataFrame) -> Agreement:
    """Compare faces and presses over the parts of a class.

    Args:
        timeline: with `PULSE_COLUMNS`, `STUDENTS` and `valence`.
    """
    columns = ["valence", "pulse_lost", "pulse_clear", STUDENTS]
    parts = timeline[columns].astype(float).groupby(timeline["t"] // PART_S).mean()
    median = parts["valence"].median()
    pressed = parts["pulse_lost"] + parts["pulse_clear"]
    parts = parts[parts["valence"].notna() & (pressed >= 0.5)]
    clearer = (parts["pulse_clear"] - parts["pulse_lost"]).rank()
    pleasanter = parts["valence"].rank()
    correlation = None
    if len(parts) >= FEWEST_PARTS and np.ptp(clearer) > 0 and np.ptp(pleasanter) > 0:
        correlation = float(np.corrcoef(clearer, pleasanter)[0, 1])
    lost = parts["pulse_lost"] >= MANY_LOST * parts[STUDENTS]
    return Agreement(
        len(parts), correlation, int(lost.sum()), int((lost & (parts["valence"] < median)).sum())
    )


def pulse_sentences(timeline: pd.DataFrame) -> list[str]:
    """Returns what the pulse of a class says, and how far faces agree; none without a pulse."""
    if not has_pulse(timeline):
        return []
    if not (timeline[list(PULSE_COLUMNS)] > 0).to_numpy().any():
        return [NEVER]
    sentences = []
    worst = timeline.iloc[int(np.argmax(timeline["pulse_lost"].to_numpy(float)))]
    if not worst["pulse_lost"] > 0:
        sentences.append(NEVER_LOST)
    elif worst["pulse_lost"] >= 0.5 and worst[STUDENTS] > 0:
        sentences.append(
            PRESSED.format(
                when=clock(worst["t"]),
                lost=round(worst["pulse_lost"]),
                students=counted(round(worst[STUDENTS]), "student"),
            )
        )
    if timeline["valence"].notna().any():
        sentences.append(_agreement_sentence(agreement(timeline)))
    return sentences


def _agreement_sentence(found: Agreement) -> str:
    if found.correlation is None:
        return TOO_LITTLE
    words = UNRELATED
    if abs(found.correlation) >= max(WEAK, CHANCE / math.sqrt(found.parts - 1)):
        words = AGREE if found.correlation > 0 else DISAGREE
    text = CORRELATION.format(
        words=words, value=signed(found.correlation), parts=found.parts, length=PART_S
    )
    if found.lost:
        parts = counted(found.lost, "part")
        text += " " + BOTH.format(share=MANY_LOST, parts=parts, both=found.both, lost=found.lost)
    return text
