"""Turns buckets into the rows of a timeline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer.emotions import KNOWN, places, valences, with_classes
from fer.mood.bucket import COUNTS, classes_of
from fer.mood.cells import effective_readings
from fer.mood.groups import MEMBERS, Group
from fer.mood.prevalence import Prevalence, mean_shares
from fer.mood.timeline import BAND_COLUMNS, TIMELINE_COLUMNS

NOTHING = pd.DataFrame(columns=[*TIMELINE_COLUMNS, *BAND_COLUMNS], dtype=float)
"""A timeline without rows."""


def tabulate(
    times: Sequence[float] | np.ndarray, numbers: np.ndarray, prevalence: Prevalence | None
) -> pd.DataFrame:
    """Make a timeline: a row for each bucket, the columns `TIMELINE_COLUMNS` and `BAND_COLUMNS`,
    and `contempt` after `neutral` where a network that knows it read the faces.

    `t` is the time in seconds; `frames` the number of frames analysed; `faces` and `unread` the
    numbers of faces, and of faces that could not be read, in an average frame. The columns of the
    emotions hold their shares among the faces read, which sum to 1, see `fer.mood.prevalence`.
    `unsure` is the share of the faces read whose confidence was too low to name an emotion;
    `valence` lies between -1 and 1; `smile` is the share of happy. `valence_low` and `valence_high`
    are the bounds of the valence's 90 % interval, which is wide for few faces; those of the shares
    of pleasant and of unpleasant expressions follow. Values are NaN if there was nothing to
    measure.

    Args:
        times: (n,), time of each bucket in seconds.
        numbers: float (n, 102) or (n, 132), numbers of the buckets, see `MoodBucket.numbers`.
        prevalence: that of the network that read the faces; None gives mean probabilities.
    """
    frames, faces, read, sure = np.asarray(numbers, np.float64)[:, :COUNTS].T
    kept = numbers[:, COUNTS:]
    some = read > 0
    classes = classes_of(numbers)
    if prevalence is not None:
        classes = max(classes, len(prevalence.prior))
    values = np.full((len(numbers), classes), np.nan)
    bands = np.full((len(BAND_COLUMNS), len(numbers)), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 is NaN, which is right here
        effective = effective_readings(read[some], (read / frames)[some])
        if some.any():
            of = mean_shares if prevalence is None else prevalence.shares
            shares = of(kept[some], effective=effective)
            values[some] = shares.values
            pleasant, unpleasant = (
                shares.together(places(MEMBERS[group], classes))
                for group in (Group.PLEASANT, Group.UNPLEASANT)
            )
            valence = shares.mean(valences(classes))
            bands[:, some] = [*valence[1:], *pleasant[1:], *unpleasant[1:]]
        columns = (
            np.asarray(times, np.float64),
            frames,
            faces / frames,
            (faces - read) / frames,
            *values.T,
            1 - sure / read,
            values @ valences(classes),
            values[:, KNOWN.index("happy")],
            *bands,
        )
    names = with_classes((*TIMELINE_COLUMNS, *BAND_COLUMNS), classes)
    return pd.DataFrame(dict(zip(names, columns, strict=True)))
