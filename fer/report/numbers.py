"""The numbers of a report as people read them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer.emotions import KNOWN, UNSURE
from fer.mood import timeline as tables
from fer.mood.cues import CUES, smile_index
from fer.mood.dominant import dominant
from fer.mood.groups import group_shares
from fer.mood.prevalence import Shares
from fer.report.pulse import STUDENTS
from fer.report.report import Report
from fer.report.summary import blink_rate
from fer.speech.speech_report import SpeechReport
from fer.text import clock, signed


@dataclass(frozen=True)
class Number:
    """One number of a report, with its name."""

    name: str
    value: str


def numbers(report: Report) -> list[Number]:
    """Returns the numbers of a report, for its faces and for its voice if it has them."""
    start, end = report.span()
    lines = [Number("length", clock(report.length_s()))]
    timeline = report.timeline
    if STUDENTS in timeline.columns and timeline[STUDENTS].notna().any():
        # A class is open before enough students are there, and after they have left.
        lines.append(Number("first to last number", clock(end - start)))
        lines.append(Number("students (mean, most)", _counts_text(timeline[STUDENTS])))
    if report.has_pictures:
        shares = report.shares()
        smile = smile_index(timeline)[0]
        if shares is not None:
            smile = float(shares.values[KNOWN.index("happy")])
        frames = float(timeline["frames"].sum())
        seen = float((timeline["frames"] * timeline["faces"]).sum())
        unread = float((timeline["frames"] * timeline["unread"]).sum())
        lines += [
            Number("frames analysed", f"{frames:.0f}"),
            Number("faces (mean, most)", _counts_text(timeline["faces"])),
            Number("faces not readable", _percent(unread / seen if seen else None)),
            Number("dominant expression", _dominant(report.mean_shares())),
            *([] if shares is None else _group_numbers(shares)),
            Number("smile index", _percent(smile)),
            Number("smile index, of all faces", _percent(_happy_of_all(smile, unread, seen))),
            Number("valence (mean)", _signed(report.mean_valence())),
            Number("unsure", _percent(tables.mean_of(timeline, UNSURE))),
        ]
        for column, name in (("presence", "presence (mean)"), ("turned", "turned away or moved")):
            if column in timeline.columns and timeline[column].notna().any():
                lines.append(Number(name, _percent(float(timeline[column].mean()))))
        lines += _blinks(report)
    if report.voice is not None and len(report.voice.timeline):
        voice = tables.of_voice(report.voice.timeline)
        lines += [
            Number("speech, of the time", _percent(float(voice["faces"].mean()))),
            Number("dominant tone of voice", _tone(report.voice)),
            Number("unsure tone of voice", _percent(report.voice.summary["unsure_share"])),
            Number("valence of the voice", _signed(tables.mean_of(voice, "valence"))),
        ]
    return lines


def _percent(value: float | None) -> str:
    return "—" if value is None or math.isnan(value) else f"{value:.0%}"


def _group_numbers(shares: Shares) -> list[Number]:
    """Returns the shares of the four groups, each with its 90 % interval."""
    return [
        Number(
            f"{one.group} (90% interval)",
            f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%})",
        )
        for one in group_shares(shares)
    ]


def _signed(value: float | None) -> str:
    return "—" if value is None else signed(value)


def _dominant(shares: np.ndarray | None) -> str:
    name = dominant(shares)
    return "—" if shares is None or name is None else f"{name} ({shares[KNOWN.index(name)]:.0%})"


def _happy_of_all(smile: float, unread: float, seen: float) -> float | None:
    """Returns the share of happy faces among all detected faces, readable or not.

    This is the smile index of the students' project from which this app began.

    Args:
        smile: share of happy among the faces read; NaN if none was.
        unread, seen: numbers of faces that could not be read, and of all faces.
    """
    if unread >= seen:
        return 0.0 if seen else None
    return smile * (seen - unread) / seen


def _blinks(report: Report) -> list[Number]:
    """Returns the number and the rate of blinks, if they were counted."""
    counted = report.timeline.get("blinks")
    if counted is None or counted.isna().all():
        return []
    rate = blink_rate(report.timeline, report.faces)
    label = CUES["blinks"].label
    return [
        Number(f"blinks, all faces ({label})", f"{counted.sum():.0f}"),
        Number(f"blinks a minute of one face ({label})", "—" if rate is None else f"{rate:.1f}"),
    ]


def _tone(voice: SpeechReport) -> str:
    name, shares = voice.summary["dominant"], voice.summary["shares"]
    if shares is None:
        return "—"
    return "none above chance" if name is None else f"{name} ({shares[name]:.0%})"


def _counts_text(counts: pd.Series) -> str:
    known = counts.dropna()
    return f"{known.mean():.1f}, {known.max():.0f}" if len(known) else "—"
