"""A report in a few sentences: how the class looked, and its best and worst moments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.mood.groups import Group, group_values
from fer.report.pulse import has_pulse, pulse_sentences
from fer.report.report import Report
from fer.report.sentence import sentence
from fer.text import clock, signed

SMOOTH_S = 20.0
"""The best and the worst moment are found in a mean over this many seconds."""

WORTH_SAYING = 0.1
"""A smaller difference in valence than this is not worth a sentence."""

BEST = "Most pleasant around {when}: {groups} (valence {valence})."
WORST = "Least pleasant around {when}: {groups} (valence {valence})."
NO_FACE = "No face was found."
EVEN = "No moment stands out: the mood hardly changes."


def highlights(report: Report) -> list[str]:
    """Returns sentences that sum a report up; none for sound without a picture."""
    timeline = report.timeline
    if not len(timeline):
        return []
    pulse = pulse_sentences(timeline)
    if not timeline["faces"].any():
        return pulse if has_pulse(timeline) else [NO_FACE]
    return [sentence(report), *best_and_worst(report), *pulse]


def best_and_worst(report: Report) -> list[str]:
    """Returns a sentence each on the best and the worst moment; none if no face was read.

    Where the mood hardly changes there is one sentence that says so, unless alerts or moments are
    listed, which would contradict it.

    The moments are found by the mean valence of their rows. Their shares are those of all readings
    of the moment together, like the shares of the whole report.
    """
    timeline = report.timeline
    known = timeline[timeline["valence"].notna()]
    if known.empty:
        return []
    by_time = known.set_index(pd.to_timedelta(known["t"], unit="s"))
    column = by_time["valence"].astype(float)
    means = column.rolling(pd.Timedelta(seconds=SMOOTH_S), center=True, closed="both").mean()
    told = []
    for text, row in ((BEST, int(means.argmax())), (WORST, int(means.argmin()))):
        t = float(known["t"].iloc[row])
        moment = report.part(t - SMOOTH_S / 2, t + SMOOTH_S / 2)
        shares, valence = moment.mean_shares(), moment.mean_valence()
        if shares is None or valence is None:  # the tables of an import may contradict each other
            return []
        told.append((text, clock(t), shares, valence))
    if told[0][-1] - told[1][-1] < WORTH_SAYING:
        return [] if report.events else [EVEN]
    return [
        text.format(when=when, groups=_named(shares), valence=signed(valence))
        for text, when, shares, valence in told
    ]


def _named(values: np.ndarray) -> str:
    """Names the emotion groups with at least 10 % at a moment, the largest first."""
    parts = sorted(zip(group_values(values), Group, strict=True), reverse=True)
    return ", ".join(f"{group.value} {share:.0%}" for share, group in parts if share >= 0.1)
