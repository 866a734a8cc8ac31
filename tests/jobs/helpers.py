"""An analysis that ends on demand, and helpers for tests of a board."""

import io
import threading

from fer.errors import RecordingError
from fer.jobs.job import JobState, Options
from tests.fakes import wait_for
from tests.tables import lecture


class Analysis:
    """An analysis that ends on demand, and remembers its arguments."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.asked = []
        self.fault: Exception | None = None

    def __call__(self, path, options, progress, checkpoint):
        self.asked.append((path, options, path.read_bytes()))
        checkpoint.mkdir(exist_ok=True)
        (checkpoint / "segment").touch()
        self.begun.release()
        for step in range(1, 400):
            if self.go_on.acquire(timeout=0.05):
                if self.fault:
                    raise self.fault
                return lecture(40, source=path.name)
            progress(step / 400, 400.0 - step)
        raise AssertionError("nobody told the analysis to end")


def until(board, job_id, *states):
    """Wait until a job is in one of these states; returns it."""
    wait_for(lambda: board.get(job_id).state in states)
    return board.get(job_id)


def bring_to(end, board, analysis, job_id):
    """Let a job that runs fail or be cancelled."""
    if end == JobState.FAILED:
        analysis.fault = RecordingError("It is broken.")
        analysis.go_on.release()
    else:
        board.cancel(job_id)
    until(board, job_id, end)


def upload(board, name="lecture.mp4", data=b"video", **options):
    return board.start_upload(name, io.BytesIO(data), Options(), **options)


def files(board, job_id):
    home = board.files.path / job_id
    return {str(p.relative_to(home)) for p in home.rglob("*") if p.is_file()}
