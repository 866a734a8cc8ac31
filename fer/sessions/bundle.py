"""Several reports as one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import tzinfo

from fer.files import readable
from fer.jobs.folder import safe_name
from fer.report.export import files
from fer.report.report import Report
from fer.text import date_time_with_zone, unused


def bundle(reports: Iterable[tuple[str, float, Report]], zone: tzinfo | None = None) -> bytes:
    """Returns a ZIP archive with a folder for each report: HTML, PDF, and its tables.

    Args:
        reports: each with its name and when it began, in s since 1970. Names may be equal or hold
            anything.
        zone: time zone of dates and clock times; None for that of this machine.
    """
    packed = io.BytesIO()
    used: set[str] = set()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, began, report in reports:
            folder = unused(safe_name(readable(name)), used)
            date = date_time_with_zone(began, zone)
            for file, data in files(report, date, zone, parquet=True).items():
                archive.writestr(f"{folder}/{file}", data)
    return packed.getvalue()
