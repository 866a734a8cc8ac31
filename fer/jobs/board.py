"""The queue: analyses that run in the background of this process, and their results.

The id alone leads to a job, so a page that is loaded again has its job from its address. Ids
are random, because they are the only key to a job.
"""

from __future__ import annotations

import atexit
import errno
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from fer.errors import Cancelled, ModelError, RecordingError
from fer.files import name_of
from fer.jobs.analysis import Analyse, CoreOf, analyse_with
from fer.jobs.folder import JobFolder
from fer.jobs.job import Job, JobState, Options, new_job
from fer.report.archive import keep, reopen, reopen_outline
from fer.report.comparison import Outline
from fer.report.report import Report

RUNNING_AT_ONCE = 2
"""Analyses at one time. More would only share the same cores and hold more memory; others wait."""

GIVE_UP_S = 24 * 3600
"""An interrupted analysis that nobody takes up is given up after so long; its upload is deleted."""

LOOK_AGAIN_S = 3600.0
"""How often a board looks for those, and for what could not be deleted before."""

_log = logging.getLogger(__name__)


class JobBoard:
    """The jobs of one results folder. Safe to use from any thread; a folder takes one board."""

    def __init__(
        self, folder: Path, analyse: Analyse, running_at_once: int = RUNNING_AT_ONCE
    ) -> None:
        """Args:
        folder: made when the first job starts.
        analyse: (path, options, progress, checkpoint) -> report. It calls `progress` with
            the part done, from 0 to 1, and may keep in the folder `checkpoint` what it needs
            to go on after an interruption. When the job has ended, that is deleted.
        running_at_once: analyses at one time.
        """
        self.files = JobFolder(folder)
        self.closed = False
        self._analyse = analyse
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._stop: set[str] = set()
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        for job in self.files.load():
            self._jobs[job.id] = job
            if not job.ended:
                self._put(_interrupt(job))
        self._clear_leftovers(JobState.FAILED, JobState.CANCELLED)
        # Daemons: an analysis must not keep a process alive that is to end.
        self._threads = [
            threading.Thread(target=self._work, name=f"analysis-{number}", daemon=True)
            for number in range(running_at_once)
        ]
        for thread in self._threads:
            thread.start()

    def start_upload(
        self, name: str, data: BinaryIO, options: Options, keep_video: bool = False, owner: str = ""
    ) -> str:
        """Copy an upload to the job's folder and queue its analysis; returns the job's id.

        Raises:
            RecordingError: the upload is empty or the disk is full. Nothing is left behind.
        """
        job = new_job(name, uploaded=True, keep_video=keep_video, options=options, owner=owner)
        return self._start(job, lambda: self.files.take_upload(job, data))

    def start_file(self, path: Path, options: Options, owner: str = "") -> str:
        """Queue the analysis of one of the server's own files, which stays where it is.

        Raises:
            RecordingError: there is no such file, or the disk is full.
        """
        job = new_job(
            name_of(path), source=str(path), keep_video=True, options=options, owner=owner
        )
        if job.video is None:
            raise RecordingError(f"{job.name} is no longer there, or cannot be reached.")

        def make() -> Job:
            self.files.make(job.id)
            return job

        return self._start(job, make)

    def add_report(self, name: str, report: Report, owner: str = "") -> str:
        """Keep a report that was made elsewhere, such as from an earlier CSV; returns its id.

        Raises:
            RecordingError: the disk is full.
        """
        job = new_job(name, state=JobState.DONE, progress=1.0, owner=owner)

        def make() -> Job:
            keep(report, self.files.make(job.id))
            return job

        return self._start(job, make)

    def resume(self, job_id: str) -> None:
        """Queue an interrupted job again; it goes on where it stopped."""
        with self._lock:
            job = self._jobs[job_id]
            if job.state != JobState.INTERRUPTED:
                return
            self._put(replace(job, state=JobState.WAITING, message="", interrupted=0.0))
        self._queue.put(job_id)

    def cancel(self, job_id: str) -> None:
        """End a job that waits, runs or was interrupted. Its upload is deleted."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.ended:
                return
            if job.state == JobState.RUNNING:
                self._stop.add(job_id)  # It ends at its next step.
            else:
                self._end(replace(job, state=JobState.CANCELLED, seconds_left=None))

    def delete(self, job_id: str) -> None:
        """Remove a job with everything that is kept of it. One that runs is cancelled only.

        Raises:
            RecordingError: its files cannot be deleted. Either the job is still there, or it is
                gone and what is left of its files is tried again later.
        """
        self.cancel(job_id)
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.open:
                return
            try:
                complete = self.files.delete(job_id)
            except OSError as error:
                _log.exception("cannot delete job %s", job_id)
                raise RecordingError(_not_deleted(job.name, error)) from error
            del self._jobs[job_id]
        if not complete:
            raise RecordingError(
                f"{job.name} is no longer a result here, but not all of its files could be "
                "deleted. The server tries again by itself."
            )

    def forget_video(self, job_id: str) -> None:
        """Delete the kept upload of a finished job.

        Raises:
            RecordingError: it cannot be deleted and is still there.
        """
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not job.ended:
                return
            try:
                self._put(self.files.clear(replace(job, keep_video=False)))
            except OSError as error:
                _log.exception("cannot delete the upload of job %s", job_id)
                raise RecordingError(_not_deleted(job.name, error)) from error

    def get(self, job_id: str) -> Job | None:
        """The job of that id, or None where there is none. Takes any text."""
        with self._lock:
            return self._jobs.get(job_id)

    def finished(self) -> list[Job]:
        """All jobs with a result, newest first."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.state == JobState.DONE]
        return sorted(jobs, key=lambda job: -job.created)

    def ahead(self, job_id: str) -> int:
        """How many jobs wait or run that were started before this one."""
        with self._lock:
            created = self._jobs[job_id].created
            return sum(job.open and job.created < created for job in self._jobs.values())

    def report(self, job_id: str) -> Report:
        """The result of a finished job.

        Raises:
            RecordingError: it is not finished, or its files were removed or damaged.
        """
        return reopen(self._result(job_id))

    def outline(self, job_id: str) -> Outline:
        """The outline of a finished job's result.

        Raises:
            RecordingError: as for `report`.
        """
        return reopen_outline(self._result(job_id))

    def _result(self, job_id: str) -> Path:
        job = self.get(job_id)
        if job is None or job.state != JobState.DONE:
            raise RecordingError("There is no result of that name.")
        return self.files.home(job_id)

    def close(self, timeout_s: float = 5.0) -> None:
        """End the threads. The next board lists jobs that were running as interrupted."""
        self.closed = True
        for _ in self._threads:
            self._queue.put("")  # wakes one
        for thread in self._threads:
            thread.join(timeout_s)

    def _start(self, job: Job, make: Callable[[], Job]) -> str:
        """Make a job's files, write it down, and queue it unless it is done already."""
        try:
            job = make()
            self.files.write(job)
        except BaseException as error:
            # If even this fails, the note there says "cancelled", and the next board deletes it.
            try:
                self.files.delete(job.id)
            except OSError:
                _log.exception("cannot clear up job %s", job.id)
            if isinstance(error, OSError):
                raise RecordingError(_disk_message(error)) from error
            raise
        with self._lock:
            self._jobs[job.id] = job
        if job.open:
            self._queue.put(job.id)
        return job.id

    def _work(self) -> None:
        while not self.closed:
            self._give_up()
            try:
                job_id = self._queue.get(timeout=LOOK_AGAIN_S)
            except queue.Empty:
                self.files.delete_leftovers()
                continue
            job = self._begin(job_id)
            if job is not None:
                self._run(job)

    def _begin(self, job_id: str) -> Job | None:
        """A job that waited and now runs; None where it was cancelled or the board closes."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != JobState.WAITING or self.closed:
                return None
            job = replace(job, state=JobState.RUNNING)
            self._put(job)
            return job

    def _run(self, job: Job) -> None:
        """Analyse; whatever the disk does, it raises nothing, for that would end the thread."""

        def progress(done: float, left: float | None) -> None:
            if self.closed or job.id in self._stop:
                raise Cancelled
            with self._lock:
                # Progress is not worth a write to the disk: a restart begins at the checkpoint.
                self._jobs[job.id] = replace(job, progress=done, seconds_left=left)

        try:
            progress(0.0, None)
            checkpoint = self.files.checkpoint(job.id)
            report = self._analyse(Path(job.source), job.options, progress, checkpoint)
            keep(report, self.files.home(job.id))
            end = replace(job, state=JobState.DONE, progress=1.0)
        except Cancelled:
            if self.closed:
                return
            end = replace(job, state=JobState.CANCELLED)
        except (RecordingError, ModelError) as error:
            end = replace(job, state=JobState.FAILED, message=str(error))
        except OSError as error:
            # What was read so far, and the upload, wait for a disk with room.
            _log.exception("job %s cannot go on", job.id)
            end = _interrupt(replace(job, message=_disk_message(error)))
        except Exception:
            # A fault of this program. The app goes on, the log has the trace.
            _log.exception("job %s failed", job.id)
            text = (
                "The analysis failed because of a fault in this app. The server's log has the "
                "details."
            )
            end = replace(job, state=JobState.FAILED, message=text)
        with self._lock:
            self._end(end)

    def _end(self, job: Job) -> None:
        """Bring a job to its end. The caller holds the lock.

        Its end is written down first, so that a process that is killed while it clears up has a
        successor that goes on with it, and shown last, so that an upload is called deleted only
        when it is.
        """
        self._stop.discard(job.id)
        self._note(job)
        if job.ended:
            try:
                job = self.files.clear(job)
                self._note(job)
            except OSError:
                _log.exception("cannot clear up after job %s", job.id)
        self._jobs[job.id] = job

    def _put(self, job: Job) -> None:
        """Set a job, and write it down where the disk allows it. The caller holds the lock."""
        self._jobs[job.id] = job
        self._note(job)

    def _note(self, job: Job) -> None:
        try:
            self.files.write(job)
        except OSError:
            _log.exception("cannot write down that job %s is %s", job.id, job.state)

    def _clear_leftovers(self, *states: JobState) -> None:
        """Delete uploads that should be gone, and jobs in these states altogether.

        No page lists a failed or cancelled job after a restart, so nobody could delete the name of
        its recording.
        """
        for job in list(self._jobs.values()):
            if job.state in states:
                try:
                    self.files.delete(job.id)
                    del self._jobs[job.id]
                except OSError:
                    _log.exception("cannot delete job %s", job.id)
            elif job.ended:
                self._end(job)

    def _give_up(self) -> None:
        """End interrupted jobs that nobody took up in time, and delete what could not be."""
        now = time.time()
        with self._lock:
            for job in list(self._jobs.values()):
                if job.state == JobState.INTERRUPTED and now - job.interrupted > GIVE_UP_S:
                    self._end(replace(job, state=JobState.CANCELLED))
                elif job.left_behind:
                    self._end(job)


def _interrupt(job: Job) -> Job:
    """The job as interrupted, since now unless it was before."""
    return replace(job, state=JobState.INTERRUPTED, interrupted=job.interrupted or time.time())


def _disk_message(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The server's disk is full. Delete earlier results or recordings, then try again."
    return (
        f"The server could not read or write a file: {error.strerror or error}. Try again; if that "
        "fails too, check whether the server may write to its folder of results."
    )


def _not_deleted(name: str, error: OSError) -> str:
    return (
        f"{name} could not be deleted: {error.strerror or error}. Check whether the "
        "server may write to its folder of results, then try again."
    )


_boards: dict[Path, JobBoard] = {}
_boards_lock = threading.Lock()


def board(folder: Path, core_of: CoreOf) -> JobBoard:
    """The process's one open board of a results folder, which ends with the process.

    A second board on the same folder would take the first one's jobs for interrupted: whatever
    differs from one visitor to another belongs into `Options`.
    """
    # After a restart, all open tabs come back at the same moment.
    with _boards_lock:
        if folder not in _boards or _boards[folder].closed:
            _boards[folder] = JobBoard(folder, analyse_with(core_of))
            atexit.register(_boards[folder].close)
        return _boards[folder]
