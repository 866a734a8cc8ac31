"""What an analysis of a voice gives: a table and a summary. It knows neither sound nor network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.mood.shares import dominant

# Windows that share their sound: about as many count as one.
_OVERLAP = 3.0
# How far a mean may lie from the truth, in standard errors, at 95 % to one side.
_ONE_SIDED_95 = 1.645

TIMELINE_COLUMNS: tuple[str, ...] = ("t", "speech", *EMOTIONS, UNSURE, "valence")
"""Columns of `SpeechReport.timeline`."""


@dataclass(frozen=True, eq=False)
class SpeechReport:
    """What the voice in a recording sounds like.

    Attributes:
        timeline: one row a window, columns `TIMELINE_COLUMNS`: `t`, centre of the window in s of
            the file's time axis; `speech`, bool, whether somebody speaks; a probability for each
            emotion and `valence`, -1 to 1, NaN where nobody speaks. In a window that was heard
            with too little confidence `unsure` is 1, the emotions are 0 and `valence` is NaN.
        summary: `duration_s`; `windows`; `speech_share`, windows with speech over all;
            `unsure_share`, windows that are unsure over those with speech; `shares`, mean
            probability of each emotion over the windows that are sure; `dominant`, the largest of
            them, None where it is not above chance; `valence`, its mean. The last three are None
            where no window is sure, and `unsure_share` where nobody speaks.
    """

    timeline: pd.DataFrame
    summary: dict

    @classmethod
    def of(cls, timeline: pd.DataFrame, duration_s: float | None = None) -> SpeechReport:
        """The report with this timeline.

        Args:
            timeline: at least `t`, `speech` and the emotions.
            duration_s: length of the sound; None takes the last window's centre.
        """
        if duration_s is None:
            duration_s = float(timeline["t"].max()) if len(timeline) else 0.0
        return cls(timeline, _summary(timeline, duration_s))


def _summary(timeline: pd.DataFrame, duration: float) -> dict:
    spoken = timeline[timeline["speech"].astype(bool)]
    # Tables from before windows could be unsure lack the column.
    unsure = spoken[UNSURE].astype(bool) if UNSURE in spoken else spoken["t"].isna()
    sure = spoken[~unsure]
    summary: dict[str, Any] = {
        "duration_s": round(duration, 3),
        "windows": len(timeline),
        "speech_share": float(timeline["speech"].mean()) if len(timeline) else 0.0,
        "unsure_share": float(unsure.mean()) if len(spoken) else None,
        "shares": None,
        "dominant": None,
        "valence": None,
    }
    if len(sure):
        shares = sure[list(EMOTIONS)].mean()
        summary["shares"] = {name: float(shares[name]) for name in EMOTIONS}
        summary["dominant"] = _dominant(sure[list(EMOTIONS)].to_numpy(float))
        summary["valence"] = float((sure[list(EMOTIONS)].to_numpy(float) @ VALENCES).mean())
    return summary


def _dominant(probabilities: np.ndarray) -> str | None:
    """The tone with the largest share in windows float (N, 7), where chance does not give it.

    Chance gives each of the emotions the same share. The largest must be above it by more than
    the windows scatter.
    """
    name = dominant(probabilities.mean(axis=0))
    if name is None:
        return None
    values = probabilities[:, EMOTIONS.index(name)]
    error = values.std() / np.sqrt(max(1.0, len(values) / _OVERLAP))
    return name if values.mean() - _ONE_SIDED_95 * error > 1 / len(EMOTIONS) else None
