"""What a past session says at a glance: its length, its shares, and one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.classroom.mode import Mode
from fer.classroom.pulse import PulseBoard
from fer.emotions import valences
from fer.mood.bucket import MoodBucket
from fer.mood.headline import shares_in_words
from fer.mood.prevalence import Prevalence
from fer.report.comparison import PARTS, Outline
from fer.report.pulse import NEVER, PULSE_COLUMNS, STUDENTS, pulse_sentences
from fer.sessions.session import Kind, Session
from fer.store.class_facts import ClassFacts
from fer.store.history import History


@dataclass(frozen=True, eq=False)
class Glance:
    """What a session says at a glance.

    Attributes:
        outline: its shares, the course of its valence, and its length.
        headline: a sentence; "" where there is nothing to say.
        rehearsal: its numbers are those of one single person.
        cameras: whether faces were to be read; False for a class without cameras.
    """

    outline: Outline
    headline: str
    rehearsal: bool = False
    cameras: bool = True

    def kind_of(self, session: Session) -> Kind:
        """Returns where the numbers of the session come from that this glance is of."""
        return Kind.LIVE if self.outline.live else session.kind


def glance_of_outline(outline: Outline) -> Glance:
    """Returns what the result of a recording says."""
    return Glance(outline, shares_in_words(outline.shares))


def glance_of_class(
    history: History, facts: ClassFacts, prevalence: Prevalence | None, half_life_s: float
) -> Glance:
    """Returns what may be said of a class that is over.

    The shares are of all faces that were read, and adjusted to the mixture of the class: what the
    page of the class showed of the whole session, and what the outline of a recording holds.

    Args:
        history: of all classes; holds only what may be seen.
        facts: the class.
        prevalence: of the network that read the faces.
        half_life_s: of presses.

    Raises:
        StoreError: the database cannot be reached.
    """
    length = facts.length_s or 0.0
    sums = history.parts(facts.id, length, PARTS)
    parts = {part: _bucket(*sum_) for part, sum_ in sums.items()}
    shares, valence = None, np.full(PARTS, np.nan)
    total = MoodBucket()
    for part in sorted(parts):
        bucket = parts[part]
        total = total + bucket
        if bucket.read:
            read = bucket.class_shares(prevalence)
            # A window of seconds may reach over several parts, and counts in its first one.
            reach = max(1, round(bucket.frames * PARTS / max(length, 1.0)))
            valence[part : part + reach] = read.mean(valences(len(read.values)))[0]
    if length < 2 * PARTS:  # fewer seconds than parts: as `fer.mood.timeline.evenly` does it
        valence = pd.Series(valence).interpolate(limit_area="inside").to_numpy()
    if total.read:
        shares = total.class_shares(prevalence).values
    headline = shares_in_words(shares) or _pulse(history, facts.id, half_life_s)
    cameras = Mode(facts.mode).uses_cameras
    return Glance(Outline(shares, valence, length), headline, facts.k == 1, cameras)


def _bucket(seconds: int, mood: np.ndarray) -> MoodBucket:
    return MoodBucket.from_numbers(np.array([seconds, *mood[1:]]))


def _pulse(history: History, class_id: str, half_life_s: float) -> str:
    """The first sentence of the report on a class whose faces were not read, from its presses
    alone; "" if there never were enough students."""
    pressed = history.presses(class_id)
    if not pressed:
        return NEVER if history.has_seconds(class_id) else ""
    board = PulseBoard(half_life_s)
    for second, _, presses in pressed:
        board.add(second, presses)
    # A level only falls after a press, so it is highest at one of them.
    times = np.array([second for second, _, _ in pressed], float)
    table = pd.DataFrame({"t": times, STUDENTS: [present for _, present, _ in pressed]})
    table[list(PULSE_COLUMNS)] = board.history(times)
    table["valence"] = np.nan
    return next(iter(pulse_sentences(table)), "")
