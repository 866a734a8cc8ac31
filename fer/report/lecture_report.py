"""The report that an analysis returns: it can write itself to a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fer.report.export import save
from fer.report.report import Report


@dataclass(eq=False)
class LectureReport(Report):
    """What is known of a recording after its analysis."""

    def save(self, folder: Path | str) -> dict[str, Path]:
        """Write the report's files to a folder, see `fer.report.export.save`."""
        return save(self, Path(folder))
