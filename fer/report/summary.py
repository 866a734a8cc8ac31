"""The summary of a report: plain numbers that programs can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, KNOWN, UNSURE, valences
from fer.mood.cues import smile_index
from fer.mood.dominant import dominant
from fer.mood.prevalence import Shares
from fer.mood.timeline import mean_shares
from fer.mood.trigger import Event
from fer.speech.speech_report import SpeechReport

if TYPE_CHECKING:
    from fer.media.probe import VideoFacts


def summarise(
    source: str,
    timeline: pd.DataFrame,
    face_table: pd.DataFrame,
    events: list[Event],
    expected: float,
    video: VideoFacts | None,
    voice: SpeechReport | None,
    shares: Shares | None,
) -> dict:
    """Returns the summary that `fer.report.report.Report.from_tables` describes."""
    seen = (timeline["faces"] * timeline["frames"]).to_numpy(float)
    unread = (timeline["unread"] * timeline["frames"]).to_numpy(float)
    read = seen - unread
    values = mean_shares(timeline) if shares is None else shares.values
    happy_faces, happy_frames = smile_index(timeline)
    valence = _mean(timeline["valence"], read)
    if shares is not None:
        happy_faces = float(shares.values[KNOWN.index("happy")])
        valence = _known(float(shares.mean(valences(len(shares.values)))[0]))
    faces = float(np.nansum(seen))
    start, end = span(timeline, voice)
    length = end - start if video is None else video.duration_s
    return {
        "source": source,
        "duration_s": round(length, 3),
        "frames": int(np.nansum(timeline["frames"])),
        "faces": round(faces),
        "mean_faces": _known(timeline["faces"].mean()),
        "max_faces": _known(timeline["faces"].max()),
        "expected_faces": expected,
        "dominant": dominant(values),
        "shares": _named(values),
        "shares_low": None if shares is None else _named(shares.low),
        "shares_high": None if shares is None else _named(shares.high),
        "adjusted": shares is not None and shares.adjusted,
        "unread": _known(np.nansum(unread) / faces) if faces else None,
        "unsure": _mean(timeline[UNSURE], read),
        "valence": valence,
        "smile_index": _known(happy_faces),
        "smile_index_frames": _known(happy_frames),
        "presence": _known(timeline["presence"].mean()),
        "posture": _known(timeline["posture"].mean()),
        "turned": _known(timeline["turned"].mean()),
        "blinks_per_minute": blink_rate(timeline, face_table),
        "events": len(events),
    }


def span(timeline: pd.DataFrame, voice: SpeechReport | None) -> tuple[float, float]:
    """Returns the first and the last time of the tables of a report in s; (0, 0) if they are
    empty."""
    ends = [
        (float(table["t"].iloc[0]), float(table["t"].iloc[-1]))
        for table in (timeline, None if voice is None else voice.timeline)
        if table is not None and len(table)
    ]
    return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else (0.0, 0.0)


def was_live(summary: dict) -> bool:
    """Returns whether a summary is that of a live session or a class: only these know when they
    began."""
    return summary.get("began") is not None


def _named(values: np.ndarray | None) -> dict[str, float | None]:
    known = [None] * len(EMOTIONS) if values is None else [_known(value) for value in values]
    return dict(zip(KNOWN, known, strict=False))


def blink_rate(timeline: pd.DataFrame, faces: pd.DataFrame) -> float | None:
    """Returns the blinks of one face in a minute, over the time in which its eyes were seen."""
    if "ear" not in faces.columns or len(timeline) < 2:
        return None
    step = float(timeline["t"].diff().mean())
    seen = step * int(faces["ear"].notna().sum())
    return _known(60 * timeline["blinks"].sum() / seen) if seen > 0 else None


def _mean(values: pd.Series, weights: np.ndarray) -> float | None:
    numbers = values.to_numpy(float)
    known = np.isfinite(numbers) & (weights > 0)
    if not known.any():
        return None
    return _known(np.average(numbers[known], weights=weights[known]))


def _known(value: float) -> float | None:
    return None if not math.isfinite(value) else round(float(value), 5)
