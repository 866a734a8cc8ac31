"""One sentence about a class: what most faces show, what has changed, how many faces were readable.

The functions are pure and take plain numbers. All words stand at the top, for translators.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer.mood.groups import Group, GroupShare, exact_groups, group_values
from fer.text import counted

MOSTLY = 0.5
"""A group with at least this share is what the class "mostly" is."""

WORTH_SAYING = 0.10
"""Smaller groups are not mentioned, and smaller changes are ignored."""

MANY = 0.25
"""From this share on, "some" becomes "many"."""

WIDE = 0.25
"""A share whose interval is wider than this is given as a range."""

CLASS_FACES = 5
"""With fewer readable faces, the numbers describe single persons, not a class."""

NOTHING_SEEN = "No face seen yet."
NOTHING_READ = "{seen} seen, none of them readable: too small, turned away or blurred."
ONE_NOT_READ = "One face seen, but not readable: too small, turned away or blurred."
MOSTLY_WORDS = {
    Group.PLEASANT: "Mostly smiles",
    Group.NEUTRAL: "Mostly neutral",
    Group.SURPRISED: "Mostly surprised",
    Group.UNPLEASANT: "Mostly unpleasant expressions",
}
NOUNS = {
    Group.PLEASANT: "smiles",
    Group.NEUTRAL: "neutral faces",
    Group.SURPRISED: "surprised faces",
    Group.UNPLEASANT: "unpleasant expressions",
}
LARGEST = "{mostly} ({share})"
MIXED = "A mixture: {groups}"
SOME, A_LOT = "some {noun} ({share})", "many {noun} ({share})"
ABOUT, BETWEEN = "about {value}%", "{low}% to {high}%"
STEADY = "steady for {minutes}"
MORE, FEWER = "more {noun} than before", "fewer {noun} than before"
READABLE = "{readable} of {seen} faces readable."
ONE_FACE = "One face: a reading, not a class."
FEW_FACES = "Only {faces} readable: too few to speak of a class."
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MINUTE, MINUTES = "a minute", "{number} minutes"


def headline(
    groups: Sequence[GroupShare],
    *,
    seen: float,
    readable: float,
    minutes: Sequence[Sequence[float]] | np.ndarray = (),
) -> str:
    """Describe how the class is.

    Args:
        groups: shares of the four groups, see `fer.mood.groups.group_shares`; empty if no face
            was read.
        seen: number of faces in an average picture.
        readable: number of faces in an average picture that could be read.
        minutes: (m, 7) or (m, 8), shares of the emotions in each of the last whole minutes, the
            newest last; NaN in a minute that says nothing. They say for how long the class has been
            like this, or which group has grown or shrunk.

    Returns:
        One sentence about the shares, and one about the number of readable faces.
    """
    faces = round(seen)
    if not groups or readable <= 0:
        if not faces:
            return NOTHING_SEEN
        return ONE_NOT_READ if faces == 1 else NOTHING_READ.format(seen=faces)
    parts = [_shares(groups, ranges=readable >= CLASS_FACES)]
    if direction := _direction(minutes):
        parts.append(direction)
    return f"{'; '.join(parts)}. {_trust(faces, max(1, round(readable)))}"


def shares_in_words(values: Sequence[float] | np.ndarray | None) -> str:
    """The first part of the sentence alone, such as for a list; "" where no face was read.

    Args:
        values: (7,) or (8,), share of each emotion in the order of `KNOWN`, or None.
    """
    return "" if values is None else _shares(exact_groups(values), ranges=False)


def _shares(groups: Sequence[GroupShare], ranges: bool) -> str:
    """What the class is mostly, and what else it is; of a few faces without ranges."""
    ranked = sorted(groups, key=lambda share: share.value, reverse=True)
    others = [share for share in ranked[1:] if share.value >= WORTH_SAYING]
    if ranked[0].value < MOSTLY:
        named = [
            f"{NOUNS[share.group]} ({_share(share, ranges)})" for share in (ranked[0], *others)
        ]
        return MIXED.format(groups=", ".join(named))
    text = LARGEST.format(
        mostly=MOSTLY_WORDS[ranked[0].group], share=_share(ranked[0], ranges, ABOUT)
    )
    for share in others:
        words = A_LOT if share.value >= MANY else SOME
        text += ", " + words.format(noun=NOUNS[share.group], share=_share(share, ranges))
    return text


def _share(share: GroupShare, ranges: bool, words: str = "{value}%") -> str:
    if not ranges or share.high - share.low <= WIDE:
        return words.format(value=round(100 * share.value))
    return BETWEEN.format(low=round(100 * share.low), high=round(100 * share.high))


def _direction(minutes: Sequence[Sequence[float]] | np.ndarray) -> str:
    """Say for how long the class has been like this, or which group has grown or shrunk."""
    rows = np.array([group_values(row) for row in minutes])
    if len(rows) < 2 or not np.isfinite(rows[-1]).all():
        return ""
    near = np.abs(rows - rows[-1]).max(axis=1) < WORTH_SAYING  # NaN is not near
    steady = len(rows) if near.all() else int(np.argmin(near[::-1]))
    if steady > 1:
        return STEADY.format(minutes=_minutes(steady))
    earlier = rows[:-1][np.isfinite(rows[:-1]).all(axis=1)]
    if not len(earlier):
        return ""
    change = rows[-1] - earlier.mean(axis=0)
    largest = int(np.argmax(np.abs(change)))
    if abs(change[largest]) < WORTH_SAYING:
        return ""
    return (MORE if change[largest] > 0 else FEWER).format(noun=NOUNS[list(Group)[largest]])


def _minutes(number: int) -> str:
    if number == 1:
        return MINUTE
    return MINUTES.format(number=NUMBERS[number] if number < len(NUMBERS) else number)


def _trust(seen: int, readable: int) -> str:
    seen = max(seen, readable)
    if seen == 1:
        return ONE_FACE
    if readable < CLASS_FACES and seen < CLASS_FACES:
        return FEW_FACES.format(faces=counted(readable, "face"))
    return READABLE.format(readable=readable, seen=seen)
