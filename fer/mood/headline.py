"""One sentence about a class: what most faces show, what has changed, how many faces were readable.

The functions are pure and take plain numbers. All words stand at the top, for translators.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer.mood.groups import Group, GroupShare, exact_groups, group_values
from fer.text import counted

MOSTLY = 0.5
"""A group with at least this share may be what the class "mostly" is, see `_leads_clearly`."""

WORTH_SAYING = 0.10
"""Smaller groups are not mentioned, and smaller changes are ignored."""

MANY = 0.25
"""From this share on, "some" becomes "many"."""

WIDE = 0.25
"""A share whose interval is wider than this is given as a range."""

TOO_WIDE = 0.75
"""If the interval of the largest group is wider than this, the shares say nothing about a class."""

CLASS_FACES = 5
"""With fewer readable faces, the numbers describe single persons, not a class."""

NOTHING_SEEN = "No face seen in this time."
NOTHING_READ = "{seen} seen, none of them readable: too small, turned away or blurred."
ONE_NOT_READ = "One face seen, but not readable: too small, turned away or blurred."
UNCERTAIN = "The readings are too uncertain to say how the class looks"
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
    ranges = readable >= CLASS_FACES
    parts = [_shares(groups, ranges)]
    if not (ranges and _is_unknown(groups)) and (direction := _direction(groups, minutes)):
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
    if ranges and _is_unknown(groups):
        return UNCERTAIN
    first, *others = sorted(groups, key=lambda share: share.value, reverse=True)
    mostly = _leads_clearly(first, others, ranges)
    # A group whose range reaches that of the largest one is the reason why nothing is "mostly".
    others = [
        share
        for share in others
        if share.value >= WORTH_SAYING or (ranges and share.high >= first.low)
    ]
    if not mostly:
        named = [f"{NOUNS[share.group]} ({_share(share, ranges)})" for share in (first, *others)]
        return MIXED.format(groups=", ".join(named))
    text = LARGEST.format(mostly=MOSTLY_WORDS[first.group], share=_share(first, ranges, ABOUT))
    for share in others:
        words = A_LOT if share.value >= MANY else SOME
        text += ", " + words.format(noun=NOUNS[share.group], share=_share(share, ranges))
    return text


def _is_unknown(groups: Sequence[GroupShare]) -> bool:
    """Whether even the share of the largest group could be almost anything."""
    first = max(groups, key=lambda share: share.value)
    return first.high - first.low > TOO_WIDE


def _leads_clearly(first: GroupShare, others: Sequence[GroupShare], ranges: bool) -> bool:
    """Whether a group is what the class is "mostly".

    It has at least half of the faces and a lead that is worth saying, and its whole range lies
    above those of all others. Ranges that overlap show no difference.
    """
    return first.value >= MOSTLY and all(
        first.value - share.value >= WORTH_SAYING and (not ranges or first.low > share.high)
        for share in others
    )


def _share(share: GroupShare, ranges: bool, words: str = "{value}%") -> str:
    if not ranges or share.high - share.low <= WIDE:
        return words.format(value=round(100 * share.value))
    return BETWEEN.format(low=round(100 * share.low), high=round(100 * share.high))


def _direction(
    groups: Sequence[GroupShare], minutes: Sequence[Sequence[float]] | np.ndarray
) -> str:
    """Say for how long the class has been like this, or which group has grown or shrunk.

    The shares now are often those of a few seconds, so the last minute alone could contradict them.
    """
    rows = np.array([group_values(row) for row in minutes])
    if len(rows) < 2 or not np.isfinite(rows[-1]).all():
        return ""
    now = np.array([share.value for share in groups])
    first = int(np.argmax(now))
    # NaN is not near.
    like_now = np.abs(rows - now).max(axis=1) < WORTH_SAYING
    like_now &= rows.argmax(axis=1) == first
    steady = len(rows) if like_now.all() else int(np.argmin(like_now[::-1]))
    if steady > 1:
        return STEADY.format(minutes=_minutes(steady))
    earlier = rows[:-1][np.isfinite(rows[:-1]).all(axis=1)]
    if not len(earlier):
        return ""
    before = earlier.mean(axis=0)
    changes = np.stack([now - before, rows[-1] - before])
    # A change counts as far as the shares now and the last minute agree on it.
    sizes = np.where(changes.prod(axis=0) > 0, np.abs(changes).min(axis=0), 0.0)
    if changes[0, first] < 0 and now[first] > rows[-1, first]:
        sizes[first] = 0.0  # the group that leads is on the rise again
    largest = int(np.argmax(sizes))
    if sizes[largest] < WORTH_SAYING:
        return ""
    return (MORE if changes[0, largest] > 0 else FEWER).format(noun=NOUNS[list(Group)[largest]])


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
