"""Buckets as the rows of a timeline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, VALENCES
from fer.mood.cells import effective_readings
from fer.mood.prevalence import Prevalence, mean_shares
from fer.mood.timeline import TIMELINE_COLUMNS

NOTHING = pd.DataFrame(columns=list(TIMELINE_COLUMNS), dtype=float)
"""The timeline without a row."""


def tabulate(
    times: Sequence[float] | np.ndarray, numbers: np.ndarray, prevalence: Prevalence | None
) -> pd.DataFrame:
    """A row with `TIMELINE_COLUMNS` for each bucket.

    `t` s; `frames` analysed; `faces` and `unread` faces in an average frame; the share of each
    emotion among the faces read, which sum to 1, with the class's own mixture put in; `unsure`, the
    share of the faces read that were read with too little confidence to name one; `valence` from
    -1 to 1; `smile`, the share of happy. NaN where there was nothing to measure.

    Args:
        times: (n,), s.
        numbers: float (n, 102), of buckets, see `MoodBucket.numbers`.
        prevalence: of the network that read the faces; None gives mean probabilities.
    """
    frames, faces, read, sure = np.asarray(numbers, np.float64)[:, :4].T
    kept = numbers[:, 4:]
    some = read > 0
    values = np.full((len(numbers), len(EMOTIONS)), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing over nothing is NaN, as it is
        effective = effective_readings(read[some], (read / frames)[some])
        if some.any():
            of = mean_shares if prevalence is None else prevalence.shares
            values[some] = of(kept[some], effective=effective).values
        columns = (
            np.asarray(times, np.float64),
            frames,
            faces / frames,
            (faces - read) / frames,
            *values.T,
            1 - sure / read,
            values @ VALENCES,
            values[:, EMOTIONS.index("happy")],
        )
    return pd.DataFrame(dict(zip(TIMELINE_COLUMNS, columns, strict=True)))
