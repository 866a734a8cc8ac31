"""The downloads of a report: HTML, PDF, and its tables as CSV and Parquet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from fer.media.endings import ENDINGS
from fer.report.contents import Contents, contents
from fer.report.export import to_csv, to_parquet
from fer.report.html import to_html
from fer.report.pdf import to_pdf
from fer.report.report import Report
from fer.text import has_right_to_left
from fer.web.recording import texts
from fer.web.visitor import zone
from fer.web.widgets.download import download_button

TYPES = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}


def downloads(name: str, report: Report, shown: tuple[float, float], when: str, key: str) -> None:
    """Show a button for each file; call it in a fragment, which then runs for each click.

    Args:
        name: how the session is called; the files are named after it.
        report: the report on the chosen period.
        shown: start and end of that period, s.
        when: when the analysis was made, as people write it.
        key: of the session, for the keys of the buttons.
    """

    def made() -> Contents:
        return contents(report, shown, when, zone())

    if any(map(has_right_to_left, (report.source, *(mark.text for mark in report.marks)))):
        st.caption(texts.PDF_RIGHT_TO_LEFT)
    offers: list[tuple[str, str, Callable[[], str | bytes]]] = [
        (texts.REPORT_HTML, "report.html", lambda: to_html(made())),
        (texts.REPORT_PDF, "report.pdf", lambda: to_pdf(made())),
    ]
    for table_name, table in report.tables().items():
        if len(table):
            title = texts.TABLES[table_name]
            offers += [
                (
                    texts.TABLE_CSV.format(table=title),
                    f"{table_name}.csv",
                    partial(to_csv, table),
                ),
                (
                    texts.TABLE_PARQUET.format(table=title),
                    f"{table_name}.parquet",
                    partial(to_parquet, table),
                ),
            ]
    stem = _without_ending(name) or texts.UNNAMED
    columns = st.columns(4)
    for number, (label, file, make) in enumerate(offers):
        with columns[number % 4]:
            type_ = TYPES[Path(file).suffix]
            download_button(label, make, f"{stem}-{file}", type_, f"export-{file}-{key}")


def _without_ending(name: str) -> str:
    """Returns the name of a session without the ending of its file. A title such as "Week 7.2" has
    none."""
    ending = Path(name).suffix
    return name.removesuffix(ending) if ending[1:].lower() in (*ENDINGS, "csv") else name
