"""Several sessions over time, by their shares of the faces that were read.

All shares have one denominator: the faces of a session that could be read. Of a class they are of
at least k students in every second, since nothing else is kept of it; numbers of a rehearsal are
those of one single person and are not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, KNOWN, valences
from fer.mood.groups import Group, group_values
from fer.report.comparison import PARTS, comparison, side_by_side
from fer.sessions.glance import Glance
from fer.sessions.session import Kind, Session
from fer.text import date_time, on_clock


@dataclass(frozen=True, eq=False)
class Compared:
    """Sessions in the order of time.

    Attributes:
        sessions: those that can be compared, the oldest first.
        kinds: where the numbers of each of them come from.
        shares: (n, 7), share of each emotion in each of them; (n, 8) if contempt was known in one,
            and 0 where it was not.
        curves: (n, 60), mean valence over the length of each of them; NaN where none was read.
        rehearsals: sessions that are not compared, since their numbers are of one person.
        without_cameras: classes that are not compared, since no face was to be read in them.
        silent: sessions that are not compared, since no face could be read in them.
    """

    sessions: list[Session]
    kinds: list[Kind]
    shares: np.ndarray
    curves: np.ndarray
    rehearsals: list[Session]
    without_cameras: list[Session]
    silent: list[Session]

    @property
    def groups(self) -> np.ndarray:
        """(n, 4), share of each group of `fer.mood.groups.Group`."""
        groups = [group_values(row) for row in self.shares]
        return np.array(groups).reshape(len(groups), len(Group))

    def table(self, zone: tzinfo | None = None) -> pd.DataFrame:
        """A row for each session, for an export: date, its time zone, name, kind, groups, emotions,
        valence.

        Args:
            zone: time zone of the dates; None for that of this machine.
        """
        table = pd.DataFrame(
            {
                "date": [date_time(one.began, zone) for one in self.sessions],
                # Apart from the date, which spreadsheets then take for one.
                "time zone": [f"{on_clock(one.began, zone):%Z}" for one in self.sessions],
                "name": [one.name for one in self.sessions],
                "kind": [str(kind) for kind in self.kinds],
            }
        )
        table[[str(group) for group in Group]] = self.groups
        classes = self.shares.shape[1]
        table[list(KNOWN[:classes])] = self.shares
        table["valence"] = self.shares @ valences(classes)
        return table


def compare(glances: Sequence[tuple[Session, Glance]]) -> Compared:
    """Put sessions side by side.

    Args:
        glances: the sessions, in any order, with what they say.
    """
    ordered = sorted(glances, key=lambda pair: (pair[0].began, pair[0].key))
    shown: list[Session] = []
    kinds: list[Kind] = []
    shares, curves = [], []
    rehearsals, without_cameras, silent = [], [], []
    for session, glance in ordered:
        mean, curve = comparison([glance.outline])
        if not glance.cameras:
            without_cameras.append(session)
        elif glance.rehearsal:
            rehearsals.append(session)
        elif mean is None or curve is None:
            silent.append(session)
        else:
            shown.append(session)
            kinds.append(glance.kind_of(session))
            shares.append(mean)
            curves.append(curve)
    return Compared(
        shown,
        kinds,
        side_by_side(shares) if shares else np.empty((0, len(EMOTIONS))),
        np.array(curves).reshape(len(shown), PARTS),
        rehearsals,
        without_cameras,
        silent,
    )
