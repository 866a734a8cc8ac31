"""Each job of a results folder as it is now, in memory and on the disk."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace

from fer.jobs.folder import JobFolder
from fer.jobs.job import Job, JobState
from fer.jobs.restart import GIVE_UP_S, taken_over

LOOK_S = 1.0
"""Seconds after which the notes of another process's jobs are read again."""

_log = logging.getLogger(__name__)


class Ledger:
    """The jobs of one results folder; changes are written down. Safe from any thread.

    Attributes:
        lock: what looks at a job and then changes it holds this lock meanwhile. A thread may take
            it twice.
    """

    def __init__(self, files: JobFolder) -> None:
        """Look at the jobs of another process, until `take_over` is called.

        Args:
            files: their folder.
        """
        self.lock = threading.RLock()
        self._files = files
        self._jobs: dict[str, Job] = {}
        self._ours = False
        self._looked = -math.inf

    def take_over(self) -> None:
        """Take over the jobs that an earlier process left."""
        with self.lock:
            self._ours = True
            self._jobs.clear()
            for job in taken_over(self._files.load()):
                self.show(job)
                if not job.ended:
                    self._note(job)

    def get(self, job_id: str) -> Job | None:
        """Return the job with this id; None if there is none. Any text is accepted."""
        with self.lock:
            self._look()
            return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """List all jobs, oldest first."""
        with self.lock:
            self._look()
            return sorted(self._jobs.values(), key=lambda job: job.created)

    def show(self, job: Job) -> None:
        """Set a job, without writing it down."""
        with self.lock:
            self._jobs[job.id] = job

    def put(self, job: Job) -> None:
        """Set a job, and write it down if the disk allows it."""
        with self.lock:
            self.show(job)
            self._note(job)

    def end(self, job: Job) -> None:
        """Bring a job to its end.

        The end is written down first: if the process is killed while it deletes files, the next
        process goes on. It is shown last, so that an upload is called deleted only when it is.
        """
        with self.lock:
            self._note(job)
            if job.ended:
                try:
                    job = self._files.clear(job)
                    self._note(job)
                except OSError:
                    _log.exception("cannot clear up after job %s", job.id)
            self.show(job)

    def remove(self, job_id: str) -> bool:
        """Remove a job with its files; returns whether all of them could be deleted.

        Raises:
            OSError: the job could not be deleted and is still there.
        """
        with self.lock:
            complete = self._files.delete(job_id)
            del self._jobs[job_id]
            return complete

    def clear_leftovers(self, *states: JobState) -> None:
        """Delete uploads that should be gone, and all files of jobs in these states: after a
        restart no page lists them, so nobody could delete the name of such a recording."""
        for job in self.all():
            if job.state in states:
                try:
                    self.remove(job.id)
                except OSError:
                    _log.exception("cannot delete job %s", job.id)
            elif job.ended:
                self.end(job)

    def give_up(self) -> None:
        """End interrupted jobs that nobody took up in time, and delete remaining uploads."""
        now = time.time()
        with self.lock:
            for job in self.all():
                if job.state == JobState.INTERRUPTED and now - job.interrupted > GIVE_UP_S:
                    self.end(replace(job, state=JobState.CANCELLED))
                elif job.left_behind:
                    self.end(job)

    def _look(self) -> None:
        """See what another process has written down, if the jobs are not ours."""
        if self._ours or time.monotonic() < self._looked + LOOK_S:
            return
        self._jobs = {job.id: job for job in self._files.peek()}
        self._looked = time.monotonic()

    def _note(self, job: Job) -> None:
        try:
            self._files.write(job)
        except OSError:
            _log.exception("cannot write down that job %s is %s", job.id, job.state)
