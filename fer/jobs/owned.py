"""The jobs that one person may see: a board with everybody else's left out."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from fer.access.roles import Person
from fer.errors import RecordingError
from fer.jobs.board import JobBoard
from fer.jobs.job import Job, Options
from fer.report.comparison import Outline
from fer.report.report import Report


class OwnedJobs:
    """A board as one person sees it. A job of somebody else is as if it did not exist.

    Every method does what the method of that name of `JobBoard` does.
    """

    def __init__(self, board: JobBoard, person: Person) -> None:
        """Args:
        board: everybody's jobs.
        person: who looks at them, and owns what they start.
        """
        self._board = board
        self._person = person

    def start_upload(
        self, name: str, data: BinaryIO, options: Options, keep_video: bool = False
    ) -> str:
        return self._board.start_upload(name, data, options, keep_video, self._person.owner)

    def start_file(self, path: Path, options: Options) -> str:
        return self._board.start_file(path, options, self._person.owner)

    def add_report(self, name: str, report: Report) -> str:
        return self._board.add_report(name, report, self._person.owner)

    def get(self, job_id: str) -> Job | None:
        job = self._board.get(job_id)
        return job if job is not None and self._person.may_see(job.owner) else None

    def finished(self) -> list[Job]:
        return [job for job in self._board.finished() if self._person.may_see(job.owner)]

    def ahead(self, job_id: str) -> int:
        return self._board.ahead(job_id) if self.get(job_id) else 0

    def resume(self, job_id: str) -> None:
        if self.get(job_id):
            self._board.resume(job_id)

    def cancel(self, job_id: str) -> None:
        if self.get(job_id):
            self._board.cancel(job_id)

    def forget_video(self, job_id: str) -> None:
        if self.get(job_id):
            self._board.forget_video(job_id)

    def rename(self, job_id: str, name: str) -> None:
        if self.get(job_id):
            self._board.rename(job_id, name)

    def report(self, job_id: str) -> Report:
        return self._board.report(self._checked(job_id))

    def outline(self, job_id: str) -> Outline:
        return self._board.outline(self._checked(job_id))

    def _checked(self, job_id: str) -> str:
        if self.get(job_id) is None:
            raise RecordingError("There is no result of that name.")
        return job_id
