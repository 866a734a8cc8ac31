"""The rows of a timeline that is drawn again and again while it grows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fer.mood.prevalence import Prevalence
from fer.mood.tabulate import tabulate


class _Known(NamedTuple):
    times: np.ndarray
    numbers: np.ndarray
    prevalence: Prevalence | None
    table: pd.DataFrame


class KnownRows:
    """Makes timelines, and calculates only the rows that the last one did not have.

    Charts are drawn once a second, and of their hundreds of rows only the newest changes. Threads
    may share an object.
    """

    def __init__(self) -> None:
        self._known: _Known | None = None

    def tabulate(
        self, times: np.ndarray, numbers: np.ndarray, prevalence: Prevalence | None
    ) -> pd.DataFrame:
        """Make a timeline, see `fer.mood.tabulate.tabulate`.

        Args:
            times: (n,), time of each bucket in seconds, ascending.
            numbers: float (n, 102) or (n, 132), numbers of the buckets.
            prevalence: that of the network that read the faces; None gives mean probabilities.
        """
        known = self._known  # another thread may replace it meanwhile
        if known is None or known.prevalence is not prevalence:
            table = tabulate(times, numbers, prevalence)
        else:
            table = _completed(known, times, numbers)
        self._known = _Known(times, numbers, prevalence, table)
        return table.copy()


def _completed(known: _Known, times: np.ndarray, numbers: np.ndarray) -> pd.DataFrame:
    if not len(known.times) or known.numbers.shape[1] != numbers.shape[1]:
        return tabulate(times, numbers, known.prevalence)
    at = np.minimum(np.searchsorted(known.times, times), len(known.times) - 1)
    same = (known.times[at] == times) & (known.numbers[at] == numbers).all(axis=1)
    kept = known.table.iloc[at[same]]
    if same.all():
        return kept.reset_index(drop=True)
    table = pd.concat([kept, tabulate(times[~same], numbers[~same], known.prevalence)])
    order = np.argsort(np.concatenate([np.flatnonzero(same), np.flatnonzero(~same)]))
    return table.iloc[order].reset_index(drop=True)
