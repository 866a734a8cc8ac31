"""Earlier exports: the CSV files of a report become a report again."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, UNSURE, known_in
from fer.errors import RecordingError
from fer.faces.core import FaceState
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.mood.window import Mark
from fer.report.marks import MARK, marks_in
from fer.report.report import Report
from fer.speech.speech_report import SpeechReport
from fer.text import from_inert_cell

TIMELINE, FACES, VOICE = "timeline", "faces", "voice"
"""The kinds of exports."""

_COLUMNS = {
    TIMELINE: TIMELINE_COLUMNS,
    FACES: ("t", "track", *EMOTIONS),
    VOICE: ("t", "speech", *EMOTIONS),
}
"""The columns that an export of each kind has at least."""

_OWN = {FACES: "track", VOICE: "speech"}
"""The column that only an export of this kind has."""

_MOST = 1e9
"""The largest number that a table may hold; sums of larger ones could not be whole numbers."""

_LONGEST_S = 1e6
"""The longest time that a table may hold, in s: eleven days."""


def load_csv(
    timeline: IO[bytes] | Path | None,
    faces: IO[bytes] | Path | None = None,
    source: str = "",
    *,
    voice: IO[bytes] | Path | None = None,
) -> Report:
    """Make a report from earlier exports. The recording is not needed.

    Args:
        timeline: a `timeline.csv`, or the table of a live session with its marks; None if there was
            only sound.
        faces: the `faces.csv` of the same recording, or None.
        source: the name of the recording, for the title of the report.
        voice: the `voice.csv` of the same recording, or None.

    Raises:
        RecordingError: a table is no such export. The message says what is wrong.
    """
    if timeline is None and faces is not None:
        raise RecordingError("A faces.csv is not enough without its timeline.csv. Add that, too.")
    if timeline is None and voice is None:
        raise RecordingError("Choose a timeline.csv or a voice.csv.")
    marks: list[Mark] = []
    rows = pd.DataFrame({name: pd.Series(dtype=float) for name in TIMELINE_COLUMNS})
    if timeline is not None:
        rows = _read_csv(timeline, _COLUMNS[TIMELINE], "timeline", words=(MARK,))
        if voice is None and rows.empty:
            raise RecordingError("The timeline has no rows.")
        if MARK in rows.columns:
            texts = rows[MARK].astype("string").fillna("").map(from_inert_cell)
            marks = marks_in(rows["t"], texts)
            rows = rows.drop(columns=MARK)
        if (rows[["frames", "faces", "unread"]] < 0).to_numpy().any():
            raise RecordingError(
                "Numbers of frames and faces in the timeline must not be negative."
            )
    boxes = sound = None
    if faces is not None:
        boxes = _read_csv(faces, _COLUMNS[FACES], "table of faces", words=("state",))
        if "state" in boxes.columns and not boxes["state"].isin(list(FaceState)).all():
            raise RecordingError(
                f"Column state of the table of faces must hold {', '.join(FaceState)}."
            )
    if voice is not None:
        heard = _read_csv(voice, _COLUMNS[VOICE], "table of the voice")
        if rows.empty and heard.empty:
            raise RecordingError("The table of the voice has no rows.")
        if not heard["speech"].isin([0, 1]).all():
            raise RecordingError("Column speech of the table of the voice must hold True or False.")
        sound = SpeechReport.of(heard.astype({"speech": bool}))
    try:
        return Report.from_tables(rows, boxes, source=source, voice=sound, marks=marks)
    except ValueError as error:
        raise RecordingError(f"These tables do not make a report: {error}.") from error


def kind_of(file: IO[bytes] | Path) -> str:
    """Tells by its headings which export a CSV file is: `TIMELINE`, `FACES` or `VOICE`.

    What is none of them, or cannot be read, counts as a timeline; `load_csv` says what is wrong.
    """
    try:
        columns = _table(file, nrows=0).columns
    except (ValueError, OSError):
        return TIMELINE
    return next((kind for kind, column in _OWN.items() if column in columns), TIMELINE)


def _table(file: IO[bytes] | Path, nrows: int | None = None) -> pd.DataFrame:
    """Read a table, also one that a spreadsheet saved in a country that writes 0,5 for 0.5."""
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return _table(opened, nrows)
    start = file.tell()
    headings = file.readline()
    file.seek(start)
    separator = max(",", ";", "\t", key=lambda sign: headings.count(sign.encode()))
    return pd.read_csv(file, sep=separator, decimal="." if separator == "," else ",", nrows=nrows)


def _read_csv(
    file: IO[bytes] | Path, columns: tuple[str, ...], what: str, words: tuple[str, ...] = ()
) -> pd.DataFrame:
    try:
        table = _table(file)
    except UnicodeDecodeError as error:
        raise RecordingError(
            f"This is no {what} exported here: such a file is a table of text (CSV)."
        ) from error
    except (ValueError, OSError) as error:
        # pandas' own errors for empty and malformed files are ValueErrors.
        raise RecordingError(f"The {what} cannot be read as CSV: {error}") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise RecordingError(
            f"This is not a {what} exported here: it lacks the columns {', '.join(missing)}."
        )
    for name in table.columns.difference(list(words)):
        try:
            table[name] = pd.to_numeric(table[name])
        except (ValueError, TypeError) as error:
            raise RecordingError(
                f"Column {name} of the {what} holds something that is not a number: {error}."
            ) from error
        if (table[name].abs() > _MOST).any():
            raise RecordingError(f"Column {name} of the {what} holds a number that is too large.")
    if table.empty:  # such as the faces of a recording without any
        return table.astype(dict.fromkeys(table.columns.difference(list(words)), float))
    t = table["t"].to_numpy(dtype=float)
    if not np.isfinite(t).all() or t.min() < 0 or t.max() > _LONGEST_S:
        raise RecordingError(
            f"Column t of the {what} must hold times in seconds from 0 to {_LONGEST_S:,.0f}."
        )
    shares = table[[*known_in(table.columns), *table.columns.intersection([UNSURE])]]
    if ((shares < -0.001) | (shares > 1.001)).to_numpy().any():
        raise RecordingError(f"Shares in the {what} must lie between 0 and 1.")
    return table.sort_values("t", kind="stable", ignore_index=True)
