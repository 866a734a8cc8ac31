"""The report that an analysis returns, which can write itself to a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fer.report.export import save
from fer.report.report import Report


@dataclass(eq=False)
class LectureReport(Report):
    """The report on a recording."""

    def save(self, folder: Path | str) -> dict[str, Path]:
        """Write the files of the report to a folder, as `fer.report.export.save` does."""
        return save(self, Path(folder))
