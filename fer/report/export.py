"""The files of a report: tables as CSV and Parquet, one HTML page, a PDF."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from fer.files import write_whole
from fer.report.contents import contents
from fer.report.html import to_html
from fer.report.pdf import to_pdf
from fer.report.report import Report


def save(report: Report, folder: Path, *, parquet: bool = False) -> dict[str, Path]:
    """Write a report's files to a folder, which is made where it is missing.

    Args:
        parquet: also write the tables as Parquet, smaller and faster to read.

    Returns:
        Paths by file name: `timeline.csv`, `faces.csv`, `report.html`, `report.pdf`; with a voice
        `voice.csv`; with `parquet` the tables once more with that ending.

    Raises:
        OSError: the disk is full or the folder cannot be written. No file is left half-written.
    """
    told = contents(report)
    files = {
        "timeline.csv": to_csv(report.timeline),
        "faces.csv": to_csv(report.faces),
        "report.html": to_html(told).encode(),
        "report.pdf": to_pdf(told),
    }
    if report.voice is not None:
        files["voice.csv"] = to_csv(report.voice.timeline)
    if parquet:
        files |= {f"{name}.parquet": to_parquet(table) for name, table in report.tables().items()}
    folder.mkdir(parents=True, exist_ok=True)
    return {name: write_whole(folder / name, data) for name, data in files.items()}


def to_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8: times to the millisecond, shares to four places."""
    rounded = table.copy()
    for column, kind in table.dtypes.items():
        if kind.kind == "f":
            rounded[column] = table[column].astype(float).round(3 if column == "t" else 4)
    return rounded.to_csv(index=False, lineterminator="\n").encode()


def to_parquet(table: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
