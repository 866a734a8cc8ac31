"""Analyses a folder of recordings in parallel with Dask, and writes a report for each recording.

The segments of all recordings go to the workers of a Dask cluster, on this machine or on several,
and come back as numbers. They are put together here in the same way as in `analyze_lecture`, so the
reports are the same. If a worker dies, its task is given to another worker. Segments that came back
are kept in a checkpoint, and recordings that have a report are skipped.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fer.errors import ModelError, RecordingError
from fer.faces.core import MoodCore
from fer.files import name_of, readable, result_folder
from fer.recordings.find import find_recordings
from fer.recordings.segment import Segment
from fer.recordings.unfinished import FolderOptions, Unfinished
from fer.recordings.worker import signature, work

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

HOW_TO_GET = "pip install -r requirements-cluster.txt"
"""The command that installs Dask, for messages."""


@dataclass(frozen=True)
class FolderProgress:
    """How far the analysis of a folder is.

    Attributes:
        fraction: share of the work that is done, 0 to 1, by the length of the recordings.
        seconds_left: estimated time left, in seconds; None as long as there is no estimate.
        done: recordings that have a report or have failed.
        total: recordings in the folder.
        latest: name of the recording that was worked on last.
    """

    fraction: float
    seconds_left: float | None
    done: int
    total: int
    latest: str


@dataclass(frozen=True)
class FolderResult:
    """The outcome for each recording of a folder, by the recording's path within the folder.

    Attributes:
        analysed: recordings with a new report, and the folder of the report.
        skipped: recordings that had a report already, and the folder of the report.
        failed: recordings that could not be analysed, and the reason.
        remarks: for new reports, sentences about what is unusual or missing, if there are any.
    """

    analysed: dict[str, Path]
    skipped: dict[str, Path]
    failed: dict[str, str]
    remarks: dict[str, list[str]] = field(default_factory=dict)


def analyze_folder(
    folder: Path | str,
    out: Path | str,
    samples_per_second: float = 2.0,
    progress: Callable[[FolderProgress], None] | None = None,
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    quick_look: bool = False,
    voice: bool = True,
    expected: float | None = None,
    blinks: bool = False,
    picture: int | None = None,
    sound: int | None = None,
) -> FolderResult:
    """Analyse all recordings of a folder.

    Args:
        folder: the folder, which is searched together with the folders below it.
        out: folder for the reports. Each report goes to a folder in it that has the name of the
            recording.
        samples_per_second: frames analysed for each second of a recording.
        progress: called with how far the analysis is. An exception that it raises ends the
            analysis.
        scheduler: address of a Dask scheduler, such as "tcp://host:8786". Its workers need this
            package, the same settings and the recordings under the same path. None starts a
            cluster on this machine.
        workers: number of processes of that cluster; None takes the number of cores.
        quick_look: whether to read key frames only.
        voice: whether to analyse the sound too.
        expected: number of faces that should be visible in each recording; None estimates it.
        blinks: whether to count blinks, which takes many more samples a second.
        picture: number of the video track to read in each recording, counted from 1; None takes
            the track in which most faces are seen.
        sound: number of the sound track to analyse in each recording, counted from 1; None takes
            the first track that is not silent.

    Raises:
        RecordingError: there is no such folder, or there is a file in the place of a report's
            folder.
        ValueError: an option is out of its range, or the extra for blinks is not installed.
        ModuleNotFoundError: Dask is missing.
        OSError: `out` cannot be written to.
    """
    if expected is not None and not expected > 0:
        raise ValueError(f"expected must be more than 0 faces, not {expected}")
    folder, out = Path(folder).resolve(), Path(out).resolve()
    recordings = {str(path.relative_to(folder)): path for path in find_recordings(folder)}
    targets = {name: result_folder(out, name) for name in recordings}
    core = MoodCore.load()
    options = FolderOptions(samples_per_second, quick_look, voice, expected, blinks, picture, sound)
    result = FolderResult({}, {}, {})

    # A function of its own: a variable of this one would keep the last recording in memory.
    def begun() -> Iterator[Unfinished]:
        for name, path in recordings.items():
            try:
                job = Unfinished.of(path, name, targets[name], core, options)
            except RecordingError as error:
                result.failed[name] = str(error)
                continue
            if job.is_done:
                result.skipped[name] = job.out
            else:
                yield job

    jobs = deque(begun())
    if jobs:
        with connected(scheduler, workers) as client:
            FolderRun(client, jobs, result, core, progress, len(recordings)).go()
    return result


class FolderRun:
    """Hands the tasks of the recordings to the cluster and takes their results."""

    def __init__(
        self,
        client: Client,
        jobs: deque[Unfinished],
        result: FolderResult,
        core: MoodCore,
        progress: Callable[[FolderProgress], None] | None,
        total: int,
    ) -> None:
        """Args:
        client: connection to the cluster.
        jobs: the recordings. Each is taken out when its turn comes, because its numbers would
            otherwise stay in memory until all are done.
        result: takes the outcome of each recording.
        core: what the workers have to read with, too.
        progress: called with how far the analysis is.
        total: recordings in the folder.
        """
        self.client = client
        self._jobs = jobs
        self._result = result
        self._core = core
        self._progress = progress
        self._total = total
        self._work = sum(job.length(index) for job in jobs for index in job.left)
        self._done = 0.0
        self._since = time.monotonic()
        self._resumed = 0.0

    def go(self) -> None:
        """Run all tasks, write the reports, and return when everything is done."""
        from distributed import as_completed

        tasks = self._tasks()
        running: dict[Future, tuple[Unfinished, int]] = {}
        completed = as_completed(loop=self.client.loop)

        def refill() -> None:
            # Workers keep results in memory until they are fetched, and a scheduler plans all tasks
            # that it has. So only a few tasks are under way, however long the folder is.
            room = 3 * max(1, sum(self.client.nthreads().values())) - len(running)
            while room > 0 and (task := next(tasks, None)) is not None:
                job, index = task
                future = self.client.submit(
                    work,
                    str(job.path),
                    job.plan,
                    index,
                    signature(self._core),
                    job.sound,
                    key=job.task(index),
                )
                running[future] = job, index
                completed.add(future)
                room -= 1

        refill()
        while running:
            future = next(completed)
            job, index = running.pop(future)
            if job.name not in self._result.failed:
                self._settle(job, index, future)
            future.release()
            refill()

    def _tasks(self) -> Iterator[tuple[Unfinished, int]]:
        while self._jobs:
            job = self._jobs.popleft()
            before = set(job.left)
            job.open()
            self._count(job, before - job.left, resumed=True)
            if not job.left:
                self._finish(job)
            # The sound is one long task. It goes first, for at the end one worker would still be
            # busy with it when all others have nothing left to do.
            for index in sorted(job.left):
                if job.name not in self._result.failed:
                    yield job, index

    def _settle(self, job: Unfinished, index: int, future: Future) -> None:
        from distributed import KilledWorker

        try:
            result = future.result()
        except KilledWorker:
            self._fail(job, f"{name_of(job.path)} took several workers down; it was given up.")
            return
        if isinstance(result, RecordingError | ModelError):
            self._fail(job, str(result))
            return
        if isinstance(result, Segment) and job.store is not None:
            job.store.store(result)
        job.take(index, result)
        self._count(job, {index})
        if not job.left:
            self._finish(job)

    def _finish(self, job: Unfinished) -> None:
        try:
            remarks = job.finish()
        except RecordingError as error:
            self._fail(job, str(error))
        except OSError as error:
            self._fail(job, f"the report cannot be written: {error.strerror or error}")
        else:
            self._result.analysed[job.name] = job.out
            if remarks:
                self._result.remarks[job.name] = remarks
            self._tell(job)

    def _fail(self, job: Unfinished, reason: str) -> None:
        self._result.failed[job.name] = reason
        self._count(job, set(job.left))

    def _count(self, job: Unfinished, tasks: set[int], resumed: bool = False) -> None:
        length = sum(job.length(index) for index in tasks)
        self._done += length
        if resumed:
            self._resumed += length
        self._tell(job)

    def _tell(self, job: Unfinished) -> None:
        if self._progress is None:
            return
        result, fresh = self._result, self._done - self._resumed
        left = None
        if fresh > 0:
            left = (time.monotonic() - self._since) / fresh * (self._work - self._done)
        finished = len(result.analysed) + len(result.skipped) + len(result.failed)
        share = round(self._done / self._work, 6) if self._work else 1.0
        self._progress(FolderProgress(share, left, finished, self._total, readable(job.name)))


@contextlib.contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """Connect to a running cluster, or to a new one on this machine, which ends with the block.

    Raises:
        ModuleNotFoundError: Dask is missing.
    """
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"Dask is missing. Get it with: {HOW_TO_GET}") from error
    # By default, Dask logs every connection that opens or closes.
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if scheduler is not None:
        with Client(scheduler, set_as_default=False) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=workers or os.cpu_count() or 1,
            # Decoder and network rarely hold Python's lock, but all threads of a process would
            # share OpenCV's one pool of threads.
            threads_per_worker=1,
            processes=True,
            # Any free port, because several folders may be analysed at the same time. Dask's page
            # asks for no password, and without the address the whole network could open it.
            dashboard_address="127.0.0.1:0",
            memory_limit=None,
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client
