"""`python -m fer jobs`: list the analyses of the app that runs, and end any of them."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from fer.console import fail, note, say
from fer.settings import Settings
from fer.text import date_time

if TYPE_CHECKING:
    from fer.jobs.folder import JobFolder
    from fer.jobs.job import Job

PATIENCE_S = 15.0
"""Longest wait in seconds for the end of an analysis. The app has to see the request, and the
analysis has to finish its step."""


def add(commands) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser("jobs", help="list or end the analyses of the app that runs")
    parser.set_defaults(stopped="Requests to end an analysis stay in force.")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser(
        "list", help="list the analyses that wait, run or were interrupted"
    )
    listing.set_defaults(run=_list)
    ending = actions.add_parser("end", help="end analyses and delete their uploads")
    ending.add_argument("ids", nargs="+", metavar="ID", help="as `jobs list` shows it")
    ending.set_defaults(run=_end)


def _list(options: argparse.Namespace) -> int:
    from fer.jobs.folder import JobFolder

    jobs = _unfinished(JobFolder(Settings.from_environment().results))
    for job in sorted(jobs.values(), key=lambda job: job.created):
        size = f"{job.size / 1e6:.0f} MB" if job.size else ""
        say(f"{job.id}  {job.state:<11}  {date_time(job.created)}  {size:>8}  {job.name}")
    if not jobs:
        say("No analysis waits, runs or was interrupted.")
    return 0


def _end(options: argparse.Namespace) -> int:
    from fer.jobs.end_requests import EndRequests
    from fer.jobs.folder import JobFolder
    from fer.jobs.job import JobState

    folder = JobFolder(Settings.from_environment().results)
    known = _unfinished(folder)
    requests = EndRequests(folder.path)
    asked = [job_id for job_id in dict.fromkeys(options.ids) if job_id in known]
    for job_id in asked:
        requests.ask(job_id)
    until = time.monotonic() + PATIENCE_S
    left = set(asked)
    while left and time.monotonic() < until:
        time.sleep(0.1)
        left &= set(_unfinished(folder))
    results = {job.id for job in folder.peek() if job.state == JobState.DONE}
    for job_id in asked:
        name = known[job_id].name
        if job_id in left:
            note(
                f"{name}: the app has not answered yet. The analysis ends at its next step or, if "
                "the app does not run, when it starts."
            )
        elif job_id in results:
            note(f"{name} had its result before it could be ended. Delete that in the app.")
        else:
            say(f"{name} was ended.")
    missing = [job_id for job_id in options.ids if job_id not in known]
    for job_id in missing:
        fail(f"No analysis with the id {job_id} waits, runs or was interrupted.")
    return 1 if missing else 0


def _unfinished(folder: JobFolder) -> dict[str, Job]:
    return {job.id: job for job in folder.peek() if not job.ended}
