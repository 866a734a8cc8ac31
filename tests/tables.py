"""Tables of an invented recording, for the tests of reports and pages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, VALENCES
from fer.mood.window import Mark
from fer.report.lecture_report import LectureReport
from fer.report.live_report import live_report
from fer.report.report import Report
from fer.speech.speech_report import SpeechReport

HOSTILE = "Лекция 講義 é </script><script>alert(1)</script>.mp4"
"""A file name in four scripts, that also tries to run a script."""


def shares(rows: int, peak: str) -> np.ndarray:
    """Float (rows, 7): mostly one emotion, sums to 1."""
    values = np.random.default_rng(7).dirichlet(np.ones(7), rows) * 0.4
    values[:, EMOTIONS.index(peak)] += 0.6
    return values


def timeline(rows: int = 120, step: float = 0.5, peak: str = "happy") -> pd.DataFrame:
    """A lecture with two faces; for a tenth of the time, in the middle, nobody is there."""
    t = np.arange(rows) * step
    values = shares(rows, peak)
    table = pd.DataFrame(values, columns=list(EMOTIONS))
    table.insert(0, "t", t)
    table[UNSURE] = 0.5
    table["valence"] = values @ VALENCES
    table["smile"] = values[:, 3]
    table["frames"], table["faces"], table["unread"] = 1.0, 2.0, 0.0
    gone = slice(int(0.45 * rows), int(0.55 * rows))
    table.loc[table.index[gone], [*EMOTIONS, UNSURE, "valence", "smile"]] = np.nan
    table.loc[table.index[gone], "faces"] = 0.0
    table["posture"], table["turned"] = 0.8, 0.1
    return table


def faces(table: pd.DataFrame, peak: str = "happy") -> pd.DataFrame:
    """Two faces wherever the timeline has some."""
    seen = table.loc[table["faces"] > 0, "t"]
    parts = []
    for track in (1, 2):
        part = pd.DataFrame(shares(len(seen), peak), columns=list(EMOTIONS))
        part.insert(0, "t", seen.to_numpy())
        part["track"], part["state"] = track, "read" if track == 1 else "unsure"
        part["x"], part["y"], part["width"], part["height"] = 10 * track, 20, 64, 64
        part["yaw"], part["pitch"], part["roll"], part["posture"] = 12.0, -3.0, 1.0, 0.9
        parts.append(part)
    return pd.concat(parts).sort_values(["t", "track"], ignore_index=True)


def voice(seconds: int = 60) -> SpeechReport:
    """A voice that is silent for the first ten seconds."""
    table = pd.DataFrame(shares(seconds, "neutral"), columns=list(EMOTIONS))
    table.insert(0, "t", np.arange(seconds) + 0.5)
    table.insert(1, "speech", np.arange(seconds) >= 10)
    table.loc[~table["speech"], list(EMOTIONS)] = np.nan
    return SpeechReport.of(table)


def live_session(seconds: int = 60, source: str = "Live class") -> Report:
    """A live session with one mark, of which there is no recording."""
    table = timeline(seconds, step=1.0)
    return live_report(table, [], [Mark(12.0, "Intro")], source, began=1_790_000_000.0)


def lecture(rows: int = 120, source: str = HOSTILE, peak: str = "happy") -> LectureReport:
    table = timeline(rows, peak=peak)
    return LectureReport.from_tables(
        table, faces(table, peak), source=source, voice=voice(rows // 2)
    )
