"""The seven emotions in four groups: what can be told apart well, and what a teacher asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fer.emotions import EMOTIONS, NEGATIVE


class Group(StrEnum):
    """A group of emotions that a class can be described by."""

    PLEASANT = "pleasant"
    NEUTRAL = "neutral"
    SURPRISED = "surprised"
    UNPLEASANT = "unpleasant"


MEMBERS: dict[Group, tuple[str, ...]] = {
    Group.PLEASANT: ("happy",),
    Group.NEUTRAL: ("neutral",),
    Group.SURPRISED: ("surprise",),
    Group.UNPLEASANT: NEGATIVE,
}
"""The emotions of each group. Every emotion belongs to exactly one."""

_MATRIX = np.array(
    [[name in members for name in EMOTIONS] for members in MEMBERS.values()], dtype=float
)


@dataclass(frozen=True)
class GroupShare:
    """How large a part of the faces one group is.

    Attributes:
        group: which one.
        value: its share, from 0 to 1.
        low, high: bounds of the share, or None where they are not known.
    """

    group: Group
    value: float
    low: float | None = None
    high: float | None = None


def group_shares(
    values: Sequence[float] | np.ndarray,
    low: Sequence[float] | np.ndarray | None = None,
    high: Sequence[float] | np.ndarray | None = None,
) -> list[GroupShare]:
    """Shares of the four groups, in the order of `Group`.

    Args:
        values: (7,), share of each emotion in `EMOTIONS` order; they need not sum to 1, what is
            left counts nowhere.
        low, high: (7,), bounds of the shares. Bounds of a group are sums of its members', which is
            never too narrow.
    """
    lows = None if low is None else _MATRIX @ np.asarray(low, float)
    highs = None if high is None else np.minimum(1.0, _MATRIX @ np.asarray(high, float))
    return [
        GroupShare(
            group,
            float(value),
            None if lows is None else float(lows[index]),
            None if highs is None else float(highs[index]),
        )
        for index, (group, value) in enumerate(
            zip(Group, _MATRIX @ np.asarray(values, float), strict=True)
        )
    ]
