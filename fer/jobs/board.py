"""The queue of analyses that run in the background of this process, and their results.

A page that is loaded again gets its job by the id in its address. The board asks nobody who they
are: `fer.jobs.owned` decides which jobs a person may see.
"""

from __future__ import annotations

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
from fer.jobs.analysis import Analyse
from fer.jobs.end_requests import EndRequests
from fer.jobs.folder import JobFolder
from fer.jobs.job import Job, JobState, Options, new_job
from fer.jobs.ledger import Ledger
from fer.jobs.memory import MOST, wait_for_memory
from fer.jobs.problems import ELSEWHERE, FAULT, disk_message, not_deleted
from fer.jobs.restart import handed_over, interrupt
from fer.logs.reference import begin
from fer.report.archive import keep, reopen, reopen_outline
from fer.report.comparison import Outline
from fer.report.report import Report
from fer.reserve import RESERVE, Reserve

LOOK_AGAIN_S = 3600.0
"""Time in seconds between two looks for analyses to give up and for files still to be deleted."""

_log = logging.getLogger(__name__)


class JobBoard:
    """The jobs of one results folder. Safe from any thread.

    Only one board at a time may work on a folder, see `fer.jobs.turn`. One that has not begun shows
    what is there. Methods that would change something then raise a `RecordingError`.

    Attributes:
        files: where the jobs lie.
        begun: whether this board works on the folder.
        closed: whether it does no more.
    """

    def __init__(
        self,
        folder: Path,
        analyse: Analyse,
        running_at_once: int = MOST,
        memory: Reserve = RESERVE,
        begins: bool = True,
    ) -> None:
        """Args:
        folder: the results folder. It is made when the first job starts.
        analyse: (path, options, progress, checkpoint) -> report. It calls `progress` with
            the share that is done, from 0 to 1, and may keep in the folder `checkpoint` what it
            needs to go on after an interruption. That folder is deleted when the job has ended.
        running_at_once: number of analyses at one time.
        memory: the memory that analyses share with everything else.
        begins: whether to call `begin`.
        """
        self.files = JobFolder(folder)
        self.begun = False
        self.closed = False
        self._analyse = analyse
        self._memory = memory
        self._jobs = Ledger(self.files)
        self._stop: set[str] = set()
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._line: list[str] = []  # the jobs that wait, in their order
        self._requests = EndRequests(folder)
        # The threads are daemons, so that an analysis does not keep the process from ending.
        self._threads = [
            threading.Thread(target=self._work, name=f"analysis-{number}", daemon=True)
            for number in range(running_at_once)
        ]
        if begins:
            self.begin()

    def begin(self) -> None:
        """Take over what an earlier process left, and start to work. Call it once, and only when
        no other board works on the folder."""
        with self._jobs.lock:
            self._jobs.take_over()
            for job in self._jobs.all():
                if job.open:
                    self._line_up(job.id)
            self.begun = True
            self._requests.obey(self._ended)
            self._jobs.clear_leftovers(JobState.FAILED, JobState.CANCELLED)
        for thread in self._threads:
            thread.start()
        self._requests.watch(self._ended)

    def must_have_begun(self) -> None:
        """Raise a `RecordingError` if another process works on the folder. Any change asks this."""
        if not self.begun:
            raise RecordingError(ELSEWHERE)

    def start_upload(
        self, name: str, data: BinaryIO, options: Options, keep_video: bool = False, owner: str = ""
    ) -> str:
        """Copy an upload to the job's folder and queue its analysis.

        Args:
            name: the recording's file name, as the user knows it.
            data: content of the file.
            options: how the recording is analysed.
            keep_video: whether the upload stays after the analysis.

        Returns:
            The job's id.

        Raises:
            RecordingError: the upload is empty or cannot be written. Nothing is left behind.
        """
        job = new_job(name, uploaded=True, keep_video=keep_video, options=options, owner=owner)
        return self._start(job, lambda: self.files.take_upload(job, data))

    def start_file(self, path: Path, options: Options, owner: str = "") -> str:
        """Queue the analysis of a file of the server, which stays where it is.

        Returns:
            The job's id.

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
        """Keep a report that was made elsewhere, for example from an earlier CSV.

        Returns:
            The id under which it is kept.

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
        self.must_have_begun()
        with self._jobs.lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != JobState.INTERRUPTED:
                return
            self._jobs.put(replace(job, state=JobState.WAITING, message="", interrupted=0.0))
        self._line_up(job_id)

    def cancel(self, job_id: str) -> None:
        """End a job that waits, runs or was interrupted. Its upload is deleted."""
        self.must_have_begun()
        with self._jobs.lock:
            job = self._jobs.get(job_id)
            if job is None or job.ended:
                return
            if job.state == JobState.RUNNING:
                self._stop.add(job_id)  # It ends with its next progress.
                try:
                    self._requests.ask(job_id)  # The next board ends it if this process ends first.
                except OSError:
                    _log.exception("cannot write down that job %s was cancelled", job_id)
            else:
                self._jobs.end(replace(job, state=JobState.CANCELLED, seconds_left=None))

    def _ended(self, job_id: str) -> bool:
        """Cancel a job, and return whether it has ended."""
        self.cancel(job_id)
        job = self.get(job_id)
        return job is None or job.ended

    def delete(self, job_id: str) -> None:
        """Remove a job with all its files. A running job is only cancelled.

        Raises:
            RecordingError: not all files can be deleted. Either the job is still there, or the job
                is gone and the deletion of the remaining files is tried again later.
        """
        self.cancel(job_id)
        with self._jobs.lock:
            job = self._jobs.get(job_id)
            if job is None or job.open:
                return
            try:
                complete = self._jobs.remove(job_id)
            except OSError as error:
                _log.exception("cannot delete job %s", job_id)
                raise RecordingError(not_deleted(job.name, error)) from error
        if not complete:
            raise RecordingError(
                f"{job.name} is no longer a result here, but not all of its files could be "
                "deleted. The server tries again by itself."
            )

    def forget_video(self, job_id: str) -> None:
        """Delete the kept upload of a finished job.

        Raises:
            RecordingError: the upload cannot be deleted and is still there.
        """
        self.must_have_begun()
        with self._jobs.lock:
            job = self._jobs.get(job_id)
            if job is None or not job.ended:
                return
            try:
                self._jobs.put(self.files.clear(replace(job, keep_video=False)))
            except OSError as error:
                _log.exception("cannot delete the upload of job %s", job_id)
                raise RecordingError(not_deleted(job.name, error)) from error

    def rename(self, job_id: str, name: str) -> None:
        """Give a finished job another name. Raises as `JobFolder.rename` does."""
        self.must_have_begun()
        with self._jobs.lock:
            job = self._jobs.get(job_id)
            if job is not None and job.ended:
                self._jobs.show(self.files.rename(job, name))

    def get(self, job_id: str) -> Job | None:
        """Return the job with this id; None if there is none. Any text is accepted."""
        return self._jobs.get(job_id)

    def finished(self) -> list[Job]:
        """List all jobs with a result, newest first."""
        return [job for job in reversed(self._jobs.all()) if job.state == JobState.DONE]

    def all(self) -> list[Job]:
        """List all jobs, oldest first."""
        return self._jobs.all()

    def ahead(self, job_id: str) -> int:
        """Return how many jobs run, or wait before this one; 0 if this one does not wait."""
        with self._jobs.lock:
            if job_id not in self._line:
                return 0
            before = self._line[: self._line.index(job_id)]
            return sum(
                job.state == JobState.RUNNING or job.id in before
                for job in self._jobs.all()
                if job.open
            )

    def report(self, job_id: str) -> Report:
        """Read the result of a finished job.

        Raises:
            RecordingError: the job is not finished, or its files are missing or damaged.
        """
        return reopen(self._result(job_id))

    def outline(self, job_id: str) -> Outline:
        """Read the outline of a finished job's result. Raises as `report` does."""
        return reopen_outline(self._result(job_id))

    def _result(self, job_id: str) -> Path:
        job = self.get(job_id)
        if job is None or job.state != JobState.DONE:
            raise RecordingError("There is no result of that name.")
        return self.files.home(job_id)

    def hand_over(self) -> None:
        """End the threads; the next board goes on by itself with what waits or runs."""
        self.close(timeout_s=2.0)
        if not self.begun:
            return
        with self._jobs.lock:
            for job in self._jobs.all():
                if job.state == JobState.RUNNING and job.id not in self._stop:
                    self._jobs.put(handed_over(job))

    def close(self, timeout_s: float = 5.0) -> None:
        """End the threads. The next board lists the jobs that were running as interrupted.

        It waits for `timeout_s` seconds at the most.
        """
        self.closed = True
        if not self.begun:
            return
        self._requests.close()
        for _ in self._threads:
            self._queue.put("")  # wakes one
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _start(self, job: Job, make: Callable[[], Job]) -> str:
        """Make a job's files, write it down, and queue it unless it is done already."""
        self.must_have_begun()
        try:
            job = make()
            self.files.write(job)
        except BaseException as error:
            # If even this fails, the job's note says "cancelled", and the next board deletes it.
            try:
                self.files.delete(job.id)
            except OSError:
                _log.exception("cannot clear up job %s", job.id)
            if isinstance(error, OSError):
                raise RecordingError(disk_message(error)) from error
            raise
        self._jobs.show(job)
        if job.open:
            self._line_up(job.id)
        return job.id

    def _line_up(self, job_id: str) -> None:
        """Put a job that waits at the end of the line."""
        self._line.append(job_id)
        self._queue.put(job_id)

    def _work(self) -> None:
        while not self.closed:
            self._jobs.give_up()
            try:
                job_id = self._queue.get(timeout=LOOK_AGAIN_S)
            except queue.Empty:
                self.files.delete_leftovers()
                continue
            wait_for_memory(self._memory, job_id, lambda: self.closed)
            try:
                job = self._begin(job_id)
                if job is not None:
                    self._run(job)
            finally:
                self._memory.give_back(job_id)

    def _begin(self, job_id: str) -> Job | None:
        """Let a waiting job run. Returns None if it was cancelled or the board is closing."""
        with self._jobs.lock:
            if job_id in self._line:  # what wakes a thread to end it is not
                self._line.remove(job_id)
            job = self._jobs.get(job_id)
            if job is None or job.state != JobState.WAITING or self.closed:
                return None
            job = replace(job, state=JobState.RUNNING)
            self._jobs.put(job)
            return job

    def _run(self, job: Job) -> None:
        """Analyse. No exception leaves this function, because it would end the thread."""

        def progress(done: float, left: float | None) -> None:
            if self.closed or job.id in self._stop:
                raise Cancelled
            # Progress is not worth a write to the disk: a restart begins at the checkpoint.
            self._jobs.show(replace(job, progress=done, seconds_left=left))

        number = begin(job.id[:8])
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
            # The numbers so far, and the upload, are kept until the disk has room.
            _log.exception("job %s cannot go on", job.id)
            end = interrupt(replace(job, message=disk_message(error)))
        except Exception:
            # This is a fault of this program. The app goes on, and the log has the traceback.
            _log.exception("job %s failed", job.id)
            end = replace(job, state=JobState.FAILED, message=FAULT.format(reference=number))
        with self._jobs.lock:
            self._stop.discard(job.id)
            self._jobs.end(end)
