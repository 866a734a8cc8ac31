"""The files of a report: tables as CSV and Parquet, an HTML page and a PDF."""

from __future__ import annotations

import io
import time
from datetime import tzinfo
from pathlib import Path

import pandas as pd

from fer.files import write_whole
from fer.report.contents import contents
from fer.report.report import Report
from fer.text import date_time_with_zone, inert_cell


def save(report: Report, folder: Path, *, parquet: bool = False) -> dict[str, Path]:
    """Write the files of a report to a folder, which is made if it is missing.

    Args:
        report: the report.
        folder: where the files go.
        parquet: whether to write the tables as Parquet, too, which is smaller and faster to read.

    Returns:
        The paths by file name: `timeline.csv`, `faces.csv`, `report.html`, `report.pdf`, and
        `voice.csv` if there is a voice. With `parquet` there is a Parquet file of each table.

    Raises:
        OSError: the disk is full or the folder cannot be written. No file is left half-written.
    """
    written = files(report, date_time_with_zone(time.time()), parquet=parquet)
    folder.mkdir(parents=True, exist_ok=True)
    return {name: write_whole(folder / name, data) for name, data in written.items()}


def files(
    report: Report, date: str, zone: tzinfo | None = None, *, parquet: bool = False
) -> dict[str, bytes]:
    """Returns the files that `save` writes, by their names.

    Args:
        report: the report.
        date: when the analysis was made, as people write it.
        zone: time zone of clock times; None for that of this machine.
        parquet: as `save` takes it.
    """
    # A server that keeps results needs neither before somebody asks for a report.
    from fer.report.html import to_html
    from fer.report.pdf import to_pdf

    content = contents(report, date=date, zone=zone)
    tables = report.tables()
    made = {f"{name}.csv": to_csv(table) for name, table in tables.items()}
    made |= {"report.html": to_html(content).encode(), "report.pdf": to_pdf(content)}
    if parquet:
        made |= {f"{name}.parquet": to_parquet(table) for name, table in tables.items()}
    return made


def to_csv(table: pd.DataFrame) -> bytes:
    """Returns a table as CSV in UTF-8, with times to the millisecond and shares to four places.

    Texts and headings are guarded, so that no spreadsheet takes one for a formula: they may come
    from a CSV that somebody else made.
    """
    columns = {}
    for place, (name, kind) in enumerate(table.dtypes.items()):
        column = table.iloc[:, place]
        if kind.kind == "f":
            column = column.astype(float).round(3 if name == "t" else 4)
        elif kind.kind not in "iub":
            column = column.astype("string").map(inert_cell, na_action="ignore")
        columns[inert_cell(str(name))] = column
    written = pd.DataFrame(columns, index=table.index)
    return written.to_csv(index=False, lineterminator="\n").encode()


def to_parquet(table: pd.DataFrame) -> bytes:
    """Returns a table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
