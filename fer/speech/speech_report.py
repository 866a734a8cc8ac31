"""What an analysis of a voice gives: a table and a summary. It knows neither sound nor network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.mood.shares import dominant

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
            them; `valence`, its mean. The last three are None where no window is sure, and
            `unsure_share` where nobody speaks.
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
        summary["dominant"] = dominant(shares.to_numpy())
        summary["valence"] = float((sure[list(EMOTIONS)].to_numpy(float) @ VALENCES).mean())
    return summary
