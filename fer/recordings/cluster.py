"""A folder of recordings: segments worked on in parallel by Dask, a report for each recording.

The segments of all recordings go to the workers of a Dask cluster, on this machine or across
several, and come back as numbers. They are put together here exactly as `analyze_lecture` does
it, so the reports are the same. What a worker had in hand when it died is given to another;
segments that came back are kept in a checkpoint, and recordings that have a report are skipped.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2

from fer.errors import ModelError, RecordingError
from fer.faces.core import MoodCore
from fer.files import name_of, readable, result_folder, write_whole
from fer.media.video import VideoFacts, probe
from fer.recordings.assembly import Assembly
from fer.recordings.checkpoint import Checkpoint, clear, identity
from fer.recordings.segment import Plan, Segment, read_segment
from fer.settings import Settings

if TYPE_CHECKING:
    from distributed import Client, Future

    from fer.speech.analysis import SpeechReport

log = logging.getLogger(__name__)

HOW_TO_GET = "pip install -r requirements-cluster.txt"
"""What to tell people who lack Dask."""

SUFFIXES = {
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts",
    ".wmv", ".asf", ".flv", ".3gp", ".ogv", ".mxf",
    ".wav", ".mp3", ".flac", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".wma",
}  # fmt: skip
"""File names that count as recordings."""

_DONE = "done.json"
_CHECKPOINT = ".checkpoint"
# Stands for the sound where segments are numbered.
_VOICE = -1


@dataclass(frozen=True)
class FolderProgress:
    """How far a folder is.

    Attributes:
        fraction: 0 to 1, by the length of the recordings.
        seconds_left: estimate; None before there is one.
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
    """What became of the recordings of a folder, by their path within it.

    Attributes:
        analysed: those with a new report, and the folder of the report.
        skipped: those that had one already, and its folder.
        failed: the others, and why.
    """

    analysed: dict[str, Path]
    skipped: dict[str, Path]
    failed: dict[str, str]


def find_recordings(folder: Path | str) -> list[Path]:
    """Recordings in a folder and those below it, by name; hidden ones are left out.

    Raises:
        RecordingError: there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordingError(f"{folder} is not a folder.")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


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
) -> FolderResult:
    """Analyse all recordings of a folder.

    Args:
        folder: searched with the folders below it.
        out: each report goes to a folder of the recording's own name in here.
        samples_per_second: frames analysed for each second of a recording.
        progress: told how far it is; what it raises ends the analysis.
        scheduler: address of a Dask scheduler, such as "tcp://host:8786". Its workers need this
            package, the same settings and the recordings under the same path. None starts a
            cluster on this machine.
        workers: processes of that cluster; None takes the number of cores.
        quick_look: key frames only.
        voice: whether to analyse the sound too.

    Raises:
        RecordingError: there is no such folder, or a file is where a report is to go.
        ModuleNotFoundError: Dask is missing.
        OSError: `out` cannot be written to.
    """
    folder, out = Path(folder).resolve(), Path(out).resolve()
    recordings = {str(path.relative_to(folder)): path for path in find_recordings(folder)}
    targets = {name: result_folder(out, name) for name in recordings}
    core = MoodCore.load()
    result = FolderResult({}, {}, {})
    jobs = []
    for name, path in recordings.items():
        try:
            job = _Job.of(path, name, targets[name], core, samples_per_second, quick_look, voice)
        except RecordingError as error:
            result.failed[name] = str(error)
            continue
        if job.is_done:
            result.skipped[name] = job.out
        else:
            jobs.append(job)
    if jobs:
        with _cluster(scheduler, workers) as client:
            _Run(client, jobs, result, core, progress, len(recordings)).go()
    return result


@dataclass(eq=False)
class _Job:
    """One recording on its way."""

    path: Path
    name: str
    out: Path
    facts: VideoFacts
    plan: Plan
    key: str
    listens: bool
    assembly: Assembly
    store: Checkpoint | None = None
    waiting: dict[int, Segment] = field(default_factory=dict)
    voice: SpeechReport | None = None
    left: set[int] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        path: Path,
        name: str,
        out: Path,
        core: MoodCore,
        rate: float,
        quick_look: bool,
        voice: bool,
    ) -> _Job:
        facts = probe(path)
        plan = Plan.of(facts, rate, quick_look)
        listens = voice and facts.has_audio and not quick_look
        if not facts.has_video and not listens:
            raise RecordingError(f"{name_of(path)} holds sound only, and sound is not analysed.")
        assembly = Assembly(plan, core.classifier.abstain_below)
        key = identity(path, plan, core) + (" voice" if listens else "")
        job = cls(path, name, out, facts, plan, key, listens, assembly)
        if facts.has_video:
            job.left.update(range(plan.segments))
        if listens:
            job.left.add(_VOICE)
        return job

    @property
    def is_done(self) -> bool:
        try:
            return json.loads((self.out / _DONE).read_text("utf-8")) == {"key": self.key}
        except (OSError, ValueError):
            return False

    def task(self, index: int) -> str:
        """Dask's key of a task. It holds no name: Dask shows its keys, and takes UTF-8 only."""
        digest = hashlib.sha256(os.fsencode(self.name) + self.key.encode()).hexdigest()
        return f"{digest}-{index}"

    def length(self, index: int) -> float:
        """Seconds of work in a task, for the estimate; sound counts a tenth."""
        whole = max(self.facts.duration_s, 1.0)
        return 0.1 * whole if index == _VOICE else whole / self.plan.segments

    def open(self) -> None:
        """Take what an earlier run has left."""
        self.store = Checkpoint(self.out / _CHECKPOINT, self.key)
        for index in sorted(self.left - {_VOICE}):
            segment = self.store.load(index)
            if segment is not None:
                self.take(index, segment)

    def take(self, index: int, result: object) -> None:
        """Take the result of a task."""
        self.left.discard(index)
        if index == _VOICE:
            self.voice = cast("SpeechReport | None", result)
            return
        assert isinstance(result, Segment)
        self.waiting[index] = result
        while (segment := self.waiting.pop(self.assembly.taken, None)) is not None:
            self.assembly.add(segment)

    def finish(self) -> None:
        report = self.assembly.report(name_of(self.path), self.facts, self.voice)
        self.out.mkdir(parents=True, exist_ok=True)
        report.save(self.out)
        write_whole(self.out / _DONE, json.dumps({"key": self.key}).encode())
        clear(self.out / _CHECKPOINT)


class _Run:
    """Hands the tasks of the jobs to the cluster and takes what comes back."""

    def __init__(
        self,
        client: Client,
        jobs: list[_Job],
        result: FolderResult,
        core: MoodCore,
        progress: Callable[[FolderProgress], None] | None,
        total: int,
    ) -> None:
        self._client = client
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
        from distributed import as_completed

        tasks = self._tasks()
        running: dict[Future, tuple[_Job, int]] = {}
        completed = as_completed(loop=self._client.loop)

        def refill() -> None:
            # Workers hold results until they are fetched, and a scheduler plans all it is told:
            # what is under way stays small however long the folder is.
            room = 3 * max(1, sum(self._client.nthreads().values())) - len(running)
            while room > 0 and (task := next(tasks, None)) is not None:
                job, index = task
                future = self._client.submit(
                    _work,
                    str(job.path),
                    job.plan,
                    index,
                    _signature(self._core),
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

    def _tasks(self) -> Iterator[tuple[_Job, int]]:
        for job in self._jobs:
            before = set(job.left)
            job.open()
            self._count(job, before - job.left, resumed=True)
            if not job.left:
                self._finish(job)
            # The sound is one long task. It goes first, or a worker would be alone with it at
            # the end.
            for index in sorted(job.left):
                if job.name not in self._result.failed:
                    yield job, index

    def _settle(self, job: _Job, index: int, future: Future) -> None:
        from distributed import KilledWorker

        try:
            result = future.result()
        except KilledWorker:
            self._fail(job, f"{name_of(job.path)} took several workers down; it was given up.")
            return
        if isinstance(result, RecordingError | ModelError):
            if index != _VOICE or not job.facts.has_video:
                self._fail(job, str(result))
                return
            # A broken sound track must not cost the report on the pictures.
            log.warning("the sound of %s cannot be analysed: %s", readable(job.name), result)
            result = None
        if isinstance(result, Segment) and job.store is not None:
            job.store.store(result)
        job.take(index, result)
        self._count(job, {index})
        if not job.left:
            self._finish(job)

    def _finish(self, job: _Job) -> None:
        try:
            job.finish()
        except RecordingError as error:
            self._fail(job, str(error))
        except OSError as error:
            self._fail(job, f"the report cannot be written: {error.strerror or error}")
        else:
            self._result.analysed[job.name] = job.out
            self._tell(job)

    def _fail(self, job: _Job, reason: str) -> None:
        self._result.failed[job.name] = reason
        self._count(job, set(job.left))

    def _count(self, job: _Job, tasks: set[int], resumed: bool = False) -> None:
        length = sum(job.length(index) for index in tasks)
        self._done += length
        if resumed:
            self._resumed += length
        self._tell(job)

    def _tell(self, job: _Job) -> None:
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
def _cluster(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """A client of a running cluster, or of one of its own on this machine."""
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"Dask is missing. Get it with: {HOW_TO_GET}") from error
    if scheduler is not None:
        with Client(scheduler, set_as_default=False) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=workers or os.cpu_count() or 1,
            # Decoder and network hold no Python lock for long, but OpenCV's thread pool is one
            # for the process.
            threads_per_worker=1,
            processes=True,
            # Any free port, for folders may be under way side by side. The page asks for no
            # password: a port alone would show it to the whole network.
            dashboard_address="127.0.0.1:0",
            memory_limit=None,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _signature(core: MoodCore) -> str:
    """What must be the same on all workers for their results to fit together."""
    facts = [core.detector.name, core.detector.size, core.classifier.card]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _work(path: str, plan: Plan, index: int, signature: str) -> object:
    """A task, on a worker: a segment, or the whole sound.

    What is wrong with a recording is a result like others, and is returned: Dask takes errors
    that are raised for faults of the worker and fills the log with them.
    """
    try:
        if index == _VOICE:
            from fer.speech.analysis import analyze_speech

            return analyze_speech(path)
        core = _core()
        if _signature(core) != signature:
            return ModelError(
                "A worker has another model or detector than this machine: give all machines the "
                "same version of this package and the same FER_ variables."
            )
        # Workers fill the cores with tasks, so a task keeps to one.
        return read_segment(path, plan, index, core, threads=1)
    except (RecordingError, ModelError) as error:
        return error


_loading = threading.Lock()


def _core() -> MoodCore:
    """The core of this worker process, made once."""
    with _loading:
        return _only_core()


@lru_cache(maxsize=1)
def _only_core() -> MoodCore:
    cv2.setNumThreads(1)
    return MoodCore.load(settings=replace(Settings.from_environment(), threads=1))
