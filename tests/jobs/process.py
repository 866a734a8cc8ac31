"""A process with the board of a folder of results, as the app has it: `python -m tests.jobs.process
FOLDER`. It answers each line that it reads, the name of an act and its argument, with one of JSON.
"""

import json
import sys
import threading
from pathlib import Path

from fer.errors import RecordingError
from fer.jobs.job import Options
from fer.jobs.shared import board
from tests.tables import lecture

folder = Path(sys.argv[1])


def core_of(model):
    threading.Event().wait()  # the analysis runs until the process ends


def cleared():
    (folder / "cleared").touch()


def _board():
    return board(folder, core_of, cleared)


def keep(name):
    return _board().add_report(name, lecture(40, source=name))


def analyse(path):
    return _board().start_file(Path(path), Options())


def end(_):
    _board().hand_over()
    return "ended"


ACTS = {
    "begun": lambda _: _board().begun,
    "states": lambda _: {job.name: job.state for job in _board().all()},
    "seconds": lambda job_id: len(_board().report(job_id).timeline),
    "analyse": analyse,
    "cancel": lambda job_id: _board().cancel(job_id),
    "delete": lambda job_id: _board().delete(job_id),
    "keep": keep,
    "end": end,
}

if __name__ == "__main__":
    for line in sys.stdin:
        act, _, argument = line.rstrip("\n").partition(" ")
        try:
            answer = ACTS[act](argument)
        except RecordingError as problem:
            answer = f"refused: {problem}"
        print(json.dumps(answer), flush=True)
