"""Describes an analysis: what is analysed and how, how far it is, how it ended."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from fer.access.roles import EVERYBODY


class JobState(StrEnum):
    """State of a job.

    A job waits, runs, and ends as done, failed or cancelled. If its process ends or its disk fails,
    it is interrupted: it can be taken up again or cancelled.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Options:
    """How a recording is analysed; see `fer.recordings.lecture.analyze_lecture`.

    `model` is the path of the emotion model's ONNX file. "" stands for the model in the settings;
    jobs of earlier versions have it.
    """

    samples_per_second: float = 2.0
    quick_look: bool = False
    blinks: bool = False
    model: str = ""
    picture: int | None = None
    sound: int | None = None


@dataclass(frozen=True)
class Job:
    """The facts of one analysis at one moment.

    Attributes:
        id: random name of the job and of its folder.
        name: the recording's file name as the user knows it.
        source: path of the recording; "" if it is gone.
        uploaded: whether `source` is an upload in the job's folder. Other files belong to the
            server and are never deleted.
        keep_video: whether the upload stays after the analysis.
        options: how the recording is analysed.
        state: state of the job.
        progress: share that is done, 0 to 1.
        seconds_left: estimated time left, in seconds; None as long as there is no estimate.
        message: why it failed or stopped, in words for the user; "" if the process ended.
        created: when the job was made, in seconds since 1970.
        interrupted: when the job was interrupted, or when the next start of the server noticed it,
            in seconds since 1970; 0 if it was not interrupted.
        size: size of an upload in bytes; 0 for other files.
        owner: who may see and delete it, as `fer.access.roles.Person.owner`.
    """

    id: str
    name: str
    source: str = ""
    uploaded: bool = False
    keep_video: bool = False
    options: Options = field(default_factory=Options)
    state: JobState = JobState.WAITING
    progress: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    created: float = 0.0
    interrupted: float = 0.0
    size: int = 0
    owner: str = EVERYBODY

    @property
    def open(self) -> bool:
        """Whether the job still waits or runs."""
        return self.state in (JobState.WAITING, JobState.RUNNING)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to the job."""
        return not self.open and self.state != JobState.INTERRUPTED

    @property
    def left_behind(self) -> bool:
        """Whether an upload that should be deleted is still there."""
        kept = self.keep_video and self.state == JobState.DONE
        return self.ended and self.uploaded and bool(self.source) and not kept

    @property
    def video(self) -> Path | None:
        """Path of the recording; None if it no longer exists or cannot be reached."""
        try:
            return Path(self.source) if self.source and Path(self.source).is_file() else None
        except OSError:
            return None


def new_job(name: str, **details: Any) -> Job:
    """A job that begins now; `details` are attributes of `Job`.

    The id has no underscores: Streamlit refuses a component whose key holds "__".
    """
    return Job(secrets.token_hex(12), name, created=time.time(), **details)
