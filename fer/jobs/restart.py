"""What becomes of analyses when one process of the app ends and the next one begins.

A process that ends in good order hands them over: the next one goes on by itself. If a process was
killed, the analysis that ran may be what killed it, so somebody has to ask for it again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from fer.jobs.job import Job, JobState

GIVE_UP_S = 24 * 3600
"""Time in seconds after which an interrupted analysis is given up and its upload is deleted."""


def taken_over(jobs: Iterable[Job]) -> list[Job]:
    """Returns the jobs that an earlier process left, oldest first, as they are now.

    What waited still waits; what ran when the process was killed is interrupted.
    """
    return [
        interrupt(job) if job.state in (JobState.RUNNING, JobState.INTERRUPTED) else job
        for job in sorted(jobs, key=lambda job: job.created)
    ]


def handed_over(job: Job) -> Job:
    """Returns a job that runs as one that waits for the next process."""
    return replace(job, state=JobState.WAITING, seconds_left=None)


def interrupt(job: Job) -> Job:
    """Returns the job as interrupted: since now, unless it was interrupted before."""
    return replace(job, state=JobState.INTERRUPTED, interrupted=job.interrupted or time.time())
