"""A report on a lecture that never took place, which shows what a report looks like."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.report.report import Report

FACES = 24
MINUTES = 45
STEP_S = 5.0


def sample_report(source: str) -> Report:
    """Make a report from invented numbers: a calm class laughs twice and tires towards the end.

    Args:
        source: the name of the report.
    """
    t = np.arange(0.0, 60.0 * MINUTES, STEP_S)
    noise = np.random.default_rng(1).normal(0.0, 0.02, (len(t), len(EMOTIONS)))
    shares = pd.DataFrame(0.03, index=range(len(t)), columns=list(EMOTIONS))
    shares["neutral"] = 0.75
    for minute in (9, 27):  # something funny
        shares["happy"] += 0.6 * np.exp(-(((t - 60 * minute) / 45) ** 2))
    shares["surprise"] += 0.25 * np.exp(-(((t - 60 * 18) / 60) ** 2))
    shares["sad"] += 0.2 * np.clip((t - 60 * 33) / 600, 0, 1)
    values = np.clip(shares.to_numpy() + noise, 0.0, None)
    values /= values.sum(axis=1, keepdims=True)
    table = pd.DataFrame(values, columns=list(EMOTIONS))
    table.insert(0, "t", t)
    table["frames"] = 1.0
    table["faces"] = np.round(FACES + 2 * np.sin(t / 240))
    table["unread"] = np.round(4 + 2 * np.sin(t / 150))
    table[UNSURE] = 0.25
    table["valence"] = values @ VALENCES
    table["smile"] = table["happy"]
    return Report.from_tables(table, source=source)
