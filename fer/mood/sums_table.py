"""The sums of a session, second by second, as a table that a report keeps.

Shares of any part of a session are calculated from its sum, as the live page does it. The mean of
the shares of single seconds would be another number: each of them is pulled towards the prior
mixture, which counts for much beside the faces of one second.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.mood.bucket import MoodBucket


def sums_table(times: np.ndarray, numbers: np.ndarray) -> pd.DataFrame:
    """Make the table: a row for each second, `t` in s, and a column for each number.

    Args:
        times: (n,), seconds since the start.
        numbers: float (n, 102) or (n, 132), `MoodBucket.numbers` of each second. The columns are
            called "0", "1" and so on.
    """
    table = pd.DataFrame(numbers, columns=[str(place) for place in range(numbers.shape[1])])
    table.insert(0, "t", np.asarray(times, float))
    return table


def total_of(table: pd.DataFrame) -> MoodBucket:
    """Returns the sum over all rows of such a table."""
    return MoodBucket.from_numbers(table.drop(columns="t").to_numpy(np.float64).sum(axis=0))
