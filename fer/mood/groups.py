"""The emotions in four groups that are easy to tell apart and useful to a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fer.emotions import KNOWN, NEGATIVE, places
from fer.mood.prevalence import Shares


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
"""The emotions of each group. Each of `KNOWN` belongs to exactly one."""

_MATRIX = np.array(
    [[name in members for name in KNOWN] for members in MEMBERS.values()], dtype=float
)


@dataclass(frozen=True)
class GroupShare:
    """How large a part of the faces one group is.

    Attributes:
        group: the group.
        value: its share, from 0 to 1.
        low, high: bounds of the 90 % interval of the share.
    """

    group: Group
    value: float
    low: float
    high: float


def group_values(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Shares of the four groups, float64 (4,), in the order of `Group`.

    Args:
        values: (7,) or (8,), share of each emotion in the order of `KNOWN`.
    """
    values = np.asarray(values, float)
    return _MATRIX[:, : len(values)] @ values


def group_shares(shares: Shares) -> list[GroupShare]:
    """Shares of the four groups with their bounds, in the order of `Group`.

    Args:
        shares: shares of a class in which at least one face was read.
    """
    groups = []
    for group, members in MEMBERS.items():
        bounds = shares.together(places(members, len(shares.values)))
        groups.append(GroupShare(group, *map(float, bounds)))
    return groups


def exact_groups(values: Sequence[float] | np.ndarray) -> list[GroupShare]:
    """Shares of the four groups when their bounds are unknown; both bounds equal the value.

    Args:
        values: (7,) or (8,), share of each emotion in the order of `KNOWN`.
    """
    return [
        GroupShare(group, float(value), float(value), float(value))
        for group, value in zip(Group, group_values(values), strict=True)
    ]
