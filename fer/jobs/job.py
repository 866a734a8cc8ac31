"""What an analysis is: who asked for what, how far it is, how it ended."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from fer.access.roles import EVERYBODY


class JobState(StrEnum):
    """Where a job is on its way.

    A job waits, runs, and ends as done, failed or cancelled. One whose process ended, or whose disk
    failed, is interrupted: it can be taken up again or cancelled.
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

    `model` is the emotion model's ONNX file; "", as in jobs from before it was kept, stands for the
    one in the settings.
    """

    samples_per_second: float = 2.0
    quick_look: bool = False
    blinks: bool = False
    model: str = ""
    picture: int | None = None
    sound: int | None = None


@dataclass(frozen=True)
class Job:
    """What is known of one analysis at one moment.

    Attributes:
        id: random name of the job and of its folder.
        name: the recording's file name as the user knows it.
        source: path of the recording, or "" when it is gone.
        uploaded: whether `source` is an upload in the job's folder. Other files belong to the
            server and are never deleted.
        keep_video: whether the upload stays after the analysis.
        options: how the recording is analysed.
        state: where the job is on its way.
        progress: part that is done, 0 to 1.
        seconds_left: estimate, or None while there is none.
        message: why it failed or stopped, for people; "" where the process ended.
        created: s since 1970.
        interrupted: when it was interrupted, or when a start of the server noticed that, s since
            1970; 0 if it was not.
        size: of an upload, in bytes.
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
        """Whether the upload is still there although it should be deleted."""
        kept = self.keep_video and self.state == JobState.DONE
        return self.ended and self.uploaded and bool(self.source) and not kept

    @property
    def video(self) -> Path | None:
        """The recording, where it still exists and can be reached."""
        try:
            return Path(self.source) if self.source and Path(self.source).is_file() else None
        except OSError:
            return None


def new_job(name: str, **details: Any) -> Job:
    """A job that begins now; `details` are attributes of `Job`.

    The id has no underscores: Streamlit refuses a component whose key holds "__".
    """
    return Job(secrets.token_hex(12), name, created=time.time(), **details)
