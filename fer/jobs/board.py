"""Analyses that run in the background of this process, and their results on disk.

Every job has a folder of its own below `Settings.results`: `job.json` says what it is, the tables
and the summary lie beside it once it is done (see `fer.report.archive.keep`), and an uploaded
recording lies there only while it is needed. A job is found by its id alone, so a page that is
loaded again finds its job from its address; ids are random, because they are the only key to a
running job.
"""

from __future__ import annotations

import atexit
import errno
import json
import logging
import queue
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import BinaryIO

from fer.errors import Cancelled, ModelError, RecordingError
from fer.faces.core import MoodCore
from fer.files import name_of
from fer.report.archive import keep, reopen, reopen_outline
from fer.report.comparison import Outline
from fer.report.report import Report

WAITING, RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = (
    "waiting",
    "running",
    "done",
    "failed",
    "cancelled",
    "interrupted",
)

RUNNING_AT_ONCE = 2
"""Analyses at one time. More would only share the same cores and hold more memory; others wait."""

GIVE_UP_S = 24 * 3600
"""An interrupted analysis that nobody takes up is given up after so long; its upload is deleted."""

LOOK_AGAIN_S = 3600.0
"""How often a board looks for those."""

_CHECKPOINT = "checkpoint"
_ID = re.compile(r"[A-Za-z0-9_-]{16,32}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How a recording is analysed; see `fer.recordings.lecture.analyze_lecture`.

    `model` is the emotion model's ONNX file; "", as in jobs from before it was kept, stands for the
    one in the settings.
    """

    samples_per_second: float = 2.0
    quick_look: bool = False
    blinks: bool = False
    model: str = ""


@dataclass(frozen=True)
class Job:
    """What is known of one analysis at one moment.

    Attributes:
        id: random name of the job and of its folder.
        name: the recording's file name as the user knows it.
        source: path of the recording, or "" when it is gone.
        uploaded: whether `source` is an upload in the job's folder rather than a file of the
            server's own, which is never deleted.
        keep_video: whether the upload stays after the analysis.
        state: one of the names at the top of this module.
        progress: part that is done, 0 to 1.
        seconds_left: estimate, or None while there is none.
        message: why it failed or stopped, for people; "" where the process ended.
        created: s since 1970.
        size: of an upload, in bytes.
    """

    id: str
    name: str
    source: str
    uploaded: bool
    keep_video: bool = False
    options: Options = field(default_factory=Options)
    state: str = WAITING
    progress: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    created: float = 0.0
    size: int = 0

    @property
    def open(self) -> bool:
        """Whether the job still waits or runs."""
        return self.state in (WAITING, RUNNING)

    @property
    def video(self) -> Path | None:
        """The recording, where it still exists."""
        path = Path(self.source)
        return path if self.source and path.is_file() else None


Progress = Callable[[float, float | None], None]
Analyse = Callable[[Path, Options, Progress, Path], Report]
CoreOf = Callable[[str], MoodCore]
"""From `Options.model` to its core. Called on the board's threads; may raise `ModelError`."""


class JobBoard:
    """The jobs of one results folder. Safe to use from any thread; a folder takes one board."""

    def __init__(
        self, folder: Path, analyse: Analyse, running_at_once: int = RUNNING_AT_ONCE
    ) -> None:
        """Args:
        folder: of the results; made when the first job starts.
        analyse: (path, options, progress, checkpoint) -> report. It calls `progress` with
            the part done, from 0 to 1, and may keep in the folder `checkpoint` what it needs
            to go on after an interruption. When the job has ended, that is deleted.
        running_at_once: analyses at one time.
        """
        self.folder = Path(folder)
        self._analyse = analyse
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._stop: set[str] = set()
        self._closing = False
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        for path in sorted(self.folder.glob("*/job.json")):
            job = _read_job(path)
            if job is not None:
                self._jobs[job.id] = replace(job, state=INTERRUPTED) if job.open else job
                if job.state in (FAILED, CANCELLED):
                    # No page lists these, so nobody could delete the names of their recordings.
                    self.delete(job.id)
                else:
                    # The process may have been killed before it cleared up itself.
                    self._clear_up(job.id)
        # Daemons: an analysis must not keep a process alive that was told to end.
        self._threads = [
            threading.Thread(target=self._work, name=f"analysis-{number}", daemon=True)
            for number in range(running_at_once)
        ]
        for thread in self._threads:
            thread.start()

    def start_upload(
        self, name: str, data: BinaryIO, options: Options, keep_video: bool = False
    ) -> str:
        """Copy an upload to the job's folder and queue its analysis; returns the job's id.

        Raises:
            RecordingError: the upload is empty or the disk is full. Nothing is left behind.
        """
        job_id = _new_id()
        home = self.folder / job_id
        target = home / "upload" / _safe(name)
        try:
            target.parent.mkdir(parents=True)
            job = Job(job_id, name, str(target), True, keep_video, options, created=time.time())
            # If the process is killed while it copies, the next board deletes what there is.
            self._write(replace(job, state=CANCELLED))
            with target.open("wb") as file:
                shutil.copyfileobj(data, file, 1 << 20)
            size = target.stat().st_size
            if size == 0:
                raise RecordingError("The file is empty (0 bytes). Choose another one.")
            self._add(replace(job, size=size))
        except BaseException as error:
            shutil.rmtree(home, ignore_errors=True)
            if isinstance(error, OSError):
                raise RecordingError(_disk_message(error)) from error
            raise
        self._queue.put(job_id)
        return job_id

    def start_file(self, path: Path, options: Options) -> str:
        """Queue the analysis of a file of the server's own, which stays where it is.

        Raises:
            RecordingError: there is no such file, or the disk is full.
        """
        if not path.is_file():
            raise RecordingError(f"{name_of(path)} is no longer there.")
        job = Job(_new_id(), name_of(path), str(path), False, True, options, created=time.time())
        try:
            (self.folder / job.id).mkdir(parents=True)
            self._add(job)
        except OSError as error:
            shutil.rmtree(self.folder / job.id, ignore_errors=True)
            raise RecordingError(_disk_message(error)) from error
        self._queue.put(job.id)
        return job.id

    def add_report(self, name: str, report: Report) -> str:
        """Keep a report that was made elsewhere, such as from an earlier CSV; returns its id.

        Raises:
            RecordingError: the disk is full.
        """
        job = Job(_new_id(), name, "", False, state=DONE, progress=1.0, created=time.time())
        try:
            keep(report, self.folder / job.id)
            self._add(job)
        except OSError as error:
            shutil.rmtree(self.folder / job.id, ignore_errors=True)
            raise RecordingError(_disk_message(error)) from error
        return job.id

    def resume(self, job_id: str) -> None:
        """Queue an interrupted job again; it goes on where it stopped."""
        with self._lock:
            job = self._jobs[job_id]
            if job.state != INTERRUPTED:
                return
            self._put(replace(job, state=WAITING, message=""))
        self._queue.put(job_id)

    def cancel(self, job_id: str) -> None:
        """End a job that waits, runs or was interrupted. Its upload is deleted."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not (job.open or job.state == INTERRUPTED):
                return
            running = job.state == RUNNING
            if running:
                self._stop.add(job_id)
            else:
                self._put(replace(job, state=CANCELLED, seconds_left=None))
        if not running:
            self._clear_up(job_id)

    def delete(self, job_id: str) -> None:
        """Remove a job with everything that is kept of it."""
        self.cancel(job_id)
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.open:
                return
            del self._jobs[job_id]
        shutil.rmtree(self.folder / job_id, ignore_errors=True)

    def forget_video(self, job_id: str) -> None:
        """Delete the kept upload of a finished job."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None:
                self._put(replace(job, keep_video=False))
        self._clear_up(job_id)

    def get(self, job_id: str) -> Job | None:
        """The job of that id, or None where there is none. Takes any text."""
        with self._lock:
            return self._jobs.get(job_id)

    def finished(self) -> list[Job]:
        """All jobs with a result, newest first."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.state == DONE]
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
        if job is None or job.state != DONE:
            raise RecordingError("There is no result of that name.")
        return self.folder / job_id

    def close(self, timeout_s: float = 5.0) -> None:
        """End the threads. Jobs that run are found as interrupted by the next board."""
        self._closing = True
        for _ in self._threads:
            self._queue.put("")  # wakes one
        for thread in self._threads:
            thread.join(timeout_s)

    def _work(self) -> None:
        while not self._closing:
            self._give_up()
            try:
                job_id = self._queue.get(timeout=LOOK_AGAIN_S)
            except queue.Empty:
                continue
            job = self._begin(job_id)
            if job is not None:
                self._run(job)

    def _begin(self, job_id: str) -> Job | None:
        """A job that waited and now runs; None where it was cancelled or the board closes."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != WAITING or self._closing:
                return None
            job = replace(job, state=RUNNING)
            self._put(job)
            return job

    def _run(self, job: Job) -> None:
        """Analyse; whatever the disk does, it raises nothing, for that would end the thread."""
        home = self.folder / job.id

        def progress(done: float, left: float | None) -> None:
            if self._closing or job.id in self._stop:
                raise Cancelled
            with self._lock:
                # Progress is not worth a write to the disk: a restart begins at the checkpoint.
                self._jobs[job.id] = replace(job, progress=done, seconds_left=left)

        try:
            progress(0.0, None)
            report = self._analyse(Path(job.source), job.options, progress, home / _CHECKPOINT)
            keep(report, home)
            end = replace(job, state=DONE, progress=1.0)
        except Cancelled:
            if self._closing:
                return
            end = replace(job, state=CANCELLED)
        except (RecordingError, ModelError) as error:
            end = replace(job, state=FAILED, message=str(error))
        except OSError as error:
            # What was read so far, and the upload, wait for a disk with room.
            _log.exception("job %s cannot go on", job.id)
            end = replace(job, state=INTERRUPTED, message=_disk_message(error))
        except Exception:
            # A fault of this program. The app goes on, the log has the trace.
            _log.exception("job %s failed", job.id)
            text = "The analysis failed for a reason of its own. The server's log says more."
            end = replace(job, state=FAILED, message=text)
        with self._lock:
            self._put(end)
        self._clear_up(job.id)

    def _add(self, job: Job) -> None:
        self._write(job)
        with self._lock:
            self._jobs[job.id] = job

    def _put(self, job: Job) -> None:
        """Set a job, and write it down where the disk allows it. The caller holds the lock."""
        self._jobs[job.id] = job
        try:
            self._write(job)
        except OSError:
            _log.exception("cannot write down that job %s is %s", job.id, job.state)

    def _write(self, job: Job) -> None:
        path = self.folder / job.id / "job.json"
        draft = path.with_suffix(".tmp")
        # In ASCII, for UTF-8 cannot hold every path.
        draft.write_text(json.dumps(asdict(job)), encoding="ascii")
        draft.replace(path)

    def _clear_up(self, job_id: str) -> None:
        """Delete what a job that ended needs no more: its checkpoint, its upload unless kept."""
        with self._lock:
            job = self._jobs.get(job_id)
            self._stop.discard(job_id)
            if job is None or job.open or job.state == INTERRUPTED:
                return
            forget = job.uploaded and not (job.keep_video and job.state == DONE)
            try:
                for name in (_CHECKPOINT, "upload") if forget else (_CHECKPOINT,):
                    if (folder := self.folder / job_id / name).is_dir():
                        shutil.rmtree(folder)
            except OSError:
                _log.exception("cannot clear up after job %s", job_id)
                return
            if forget and job.source:
                self._put(replace(job, source="", keep_video=False))

    def _give_up(self) -> None:
        """End interrupted jobs that nobody took up in time."""
        now = time.time()
        with self._lock:
            old = [
                job
                for job in self._jobs.values()
                if job.state == INTERRUPTED and now - job.created > GIVE_UP_S
            ]
            for job in old:
                self._put(replace(job, state=CANCELLED))
        for job in old:
            self._clear_up(job.id)


def _new_id() -> str:
    # Of digits and letters: Streamlit refuses a component whose key holds "__".
    return secrets.token_hex(12)


def _safe(name: str) -> str:
    """A file's name without folders and control characters, short enough for any file system."""
    plain = _UNSAFE.sub("_", name).strip(" .") or "recording"
    stem, suffix = Path(plain).stem, Path(plain).suffix[:16]
    # 200 bytes leave room for what a draft's name adds; file systems stop at 255.
    return stem.encode()[: 200 - len(suffix.encode())].decode(errors="ignore") + suffix


def _read_job(path: Path) -> Job | None:
    """The job of a file, or None where the file is damaged or not ours."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {item.name for item in fields(Job)}
        job = Job(**{key: value for key, value in values.items() if key in known})
        job = replace(job, options=Options(**values["options"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if not _ID.fullmatch(job.id) or job.id != path.parent.name:
        return None
    return job


def _disk_message(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The server's disk is full. Delete earlier results or recordings, then try again."
    return (
        f"The server could not read or write a file: {error.strerror or error}. Try again; if that "
        "fails too, see whether the server's folder of results can be written."
    )


def analyse_with(core_of: CoreOf) -> Analyse:
    """What a board needs to analyse recordings, each with the core of its model."""

    def analyse(path: Path, options: Options, progress: Progress, checkpoint: Path) -> Report:
        # Decoders and the second network load when the first recording comes.
        from fer.media.probe import probe
        from fer.recordings.lecture import analyze_lecture

        # Sound has neither key frames nor eyes.
        seen = probe(path).has_video
        return analyze_lecture(
            path,
            options.samples_per_second,
            lambda told: progress(told.fraction, told.seconds_left),
            core=core_of(options.model),
            checkpoint=checkpoint,
            quick_look=options.quick_look and seen,
            blinks=options.blinks and seen and not options.quick_look,
        )

    return analyse


_boards: dict[Path, JobBoard] = {}
_boards_lock = threading.Lock()


def board(folder: Path, core_of: CoreOf) -> JobBoard:
    """The process's one board of a results folder, which ends with the process.

    A second board on the same folder would take the first one's jobs for interrupted: whatever
    differs from one visitor to another belongs into `Options`.
    """
    # After a restart, all open tabs come back at the same moment.
    with _boards_lock:
        if folder not in _boards:
            _boards[folder] = JobBoard(folder, analyse_with(core_of))
            atexit.register(_boards[folder].close)
        return _boards[folder]
