"""The numbers of a report on the disk: `keep` writes them, and `reopen` reads them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from fer.emotions import EMOTIONS
from fer.errors import RecordingError
from fer.files import write_whole
from fer.mood.prevalence import Prevalence
from fer.mood.trigger import Event
from fer.mood.window import Mark
from fer.report.comparison import Outline, outline
from fer.report.export import to_parquet
from fer.report.report import Report
from fer.speech.speech_report import SpeechReport

_KEPT, _SUMS = "report.json", "sums.parquet"
FILES = (_KEPT, "timeline.parquet", "faces.parquet", "voice.parquet", _SUMS)
"""The names of all files that `keep` may write."""

_DAMAGED = "The stored result is damaged or was removed. Analyse the recording again."
# What damaged files raise. Errors of pyarrow such as ArrowNotImplementedError are of these kinds.
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
_OUTLINED = ["t", "frames", "faces", "unread", *EMOTIONS, "valence"]


def keep(report: Report, folder: Path) -> None:
    """Write the numbers of a report to a folder. Other accounts of the machine cannot read them.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, table in (report.tables() | {"timeline": report.timeline}).items():
        write_whole(folder / f"{name}.parquet", to_parquet(table), private=True)
    if report.sums is not None:
        write_whole(folder / _SUMS, to_parquet(report.sums), private=True)
    facts = {
        "source": report.source,
        "summary": report.summary,
        "events": [asdict(event) for event in report.events],
        "prevalence": None if report.prevalence is None else report.prevalence.card(),
        "marks": [asdict(mark) for mark in report.marks],
    }
    # This file comes last, so that a report is either complete or not there. `default` turns
    # NumPy's numbers into plain ones.
    write_whole(
        folder / _KEPT, json.dumps(facts, ensure_ascii=False, default=float).encode(), private=True
    )


def reopen(folder: Path) -> Report:
    """Read the report that `keep` wrote.

    Raises:
        RecordingError: the report is missing or damaged.
    """
    try:
        facts = json.loads((folder / _KEPT).read_text("utf-8"))
        events = [Event(**event) for event in facts["events"]]
        timeline = pd.read_parquet(folder / "timeline.parquet")
        faces = pd.read_parquet(folder / "faces.parquet")
        voice = None
        if (folder / "voice.parquet").is_file():
            voice = SpeechReport.of(pd.read_parquet(folder / "voice.parquet"))
        # Recordings have none, nor have older live sessions.
        sums = pd.read_parquet(folder / _SUMS) if (folder / _SUMS).is_file() else None
        # Older results have no marks.
        marks = [Mark(**mark) for mark in facts.get("marks", ())]
        return Report(
            facts["source"],
            timeline,
            faces,
            facts["summary"],
            events,
            voice=voice,
            prevalence=Prevalence.from_card(facts),
            marks=marks,
            sums=sums,
        )
    except _DAMAGE as error:
        raise RecordingError(_DAMAGED) from error


def source_of(folder: Path) -> str | None:
    """Returns the name of the recording whose report `keep` wrote, or None if none is complete."""
    try:
        source = json.loads((folder / _KEPT).read_text("utf-8"))["source"]
        return source if isinstance(source, str) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def reopen_outline(folder: Path) -> Outline:
    """Read the outline of a report that `keep` wrote, without its large table of faces.

    Raises:
        RecordingError: the report is missing or damaged.
    """
    try:
        timeline = pd.read_parquet(folder / "timeline.parquet", columns=_OUTLINED)
        return outline(timeline, json.loads((folder / _KEPT).read_text("utf-8"))["summary"])
    except _DAMAGE as error:
        raise RecordingError(_DAMAGED) from error
