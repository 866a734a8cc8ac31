"""The result of the analysis of a voice: a table and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.mood.dominant import dominant

# Neighbouring windows share most of their sound, so this many count as one.
_OVERLAP = 3.0
# Standard errors between a mean and its lower limit at 95 % confidence, one-sided.
_ONE_SIDED_95 = 1.645

TIMELINE_COLUMNS: tuple[str, ...] = ("t", "speech", *EMOTIONS, UNSURE, "valence")
"""Columns of `SpeechReport.timeline`."""


@dataclass(frozen=True, eq=False)
class SpeechReport:
    """The tone of the voice in a recording.

    Attributes:
        timeline: one row for each window, with the columns `TIMELINE_COLUMNS`: `t`, the centre of
            the window in s on the file's time axis; `speech`, bool, whether somebody speaks; a
            probability for each emotion, and `valence`, -1 to 1, both NaN where nobody speaks. In
            a window with too little confidence `unsure` is 1, the emotions are 0 and `valence` is
            NaN.
        summary: `duration_s`; `windows`, their number; `speech_share`, the share of windows with
            speech; `unsure_share`, the share of unsure ones among those with speech; `shares`,
            the mean probability of each emotion over the windows that are sure; `dominant`, the
            emotion with the largest share, or None if that is not above chance; `valence`, the
            mean valence. The last three are None if no window is sure, and `unsure_share` is None
            if nobody speaks.
        remarks: sentences about what is missing from the report.
    """

    timeline: pd.DataFrame
    summary: dict
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        timeline: pd.DataFrame,
        duration_s: float | None = None,
        remarks: Sequence[str] = (),
    ) -> SpeechReport:
        """Make the report of a timeline.

        Args:
            timeline: a table with at least `t`, `speech` and the emotions.
            duration_s: length of the sound; None takes the last window's centre.
            remarks: sentences about what is missing from the report.
        """
        if duration_s is None:
            duration_s = float(timeline["t"].max()) if len(timeline) else 0.0
        return cls(timeline, _summary(timeline, duration_s), tuple(remarks))


def _summary(timeline: pd.DataFrame, duration: float) -> dict:
    spoken = timeline[timeline["speech"].astype(bool)]
    # Older tables lack this column.
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
    """Returns the emotion with the largest share in windows float (N, 7), if it is above chance.

    Chance gives each emotion the same share. The lower confidence limit of the largest share must
    be above that, else None is returned.
    """
    name = dominant(probabilities.mean(axis=0))
    if name is None:
        return None
    values = probabilities[:, EMOTIONS.index(name)]
    error = values.std() / np.sqrt(max(1.0, len(values) / _OVERLAP))
    return name if values.mean() - _ONE_SIDED_95 * error > 1 / len(EMOTIONS) else None
