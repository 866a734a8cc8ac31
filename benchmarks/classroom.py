"""How fast, how evenly and at what cost a class of students is read, over real sockets."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.parts import stage
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.settings import Settings
from fer.store.class_facts import ClassFacts
from fer.store.database import Database, database_url
from fer.store.store import Store

STUDENTS = [int(n) for n in os.environ.get("FER_CLASSROOM_STUDENTS", "1,10,25,50,75").split(",")]
"""Sizes of the classes, which are measured one after the other."""

SECONDS = float(os.environ.get("FER_CLASSROOM_SECONDS", 60))
"""How long each class lasts, in seconds."""

POLL_S = 0.1


def run() -> dict:
    """Measure a class of each size, each with a newly started app.

    Returns:
        `classes`, with a row for each size. `students` is the size, and `readings_per_student_s`
        the mean number of readings a second. `reading_p50_s` and `reading_p95_s` are the times from
        a picture to its reading at the student. `p50_s` and `p95_s` are the times from a picture to
        the number of the class that the instructor may see, known to half a second, while all
        students are there (while some come or go, seconds wait for others, so that nobody can be
        read from a difference). `fewest_readings_per_s` is the smallest number of any student, and
        `slowest_over_median` its ratio to the median. `dropped` counts pictures without a reading.
        `server_cpu_percent` and `students_cpu_percent` are what the server and the students'
        process took of one core, and `resident_mb` is the server's memory.
    """
    return {"seconds": SECONDS, "classes": [measure(count) for count in STUDENTS]}


def measure(count: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        with stage.App(Path(name) / "log.txt") as app:
            settings = replace(Settings.from_environment(), results=app.results)
            store = Store(Database(database_url(settings)))
            room = Classrooms(store).open("Benchmark", mode=Mode.CAMERA, k=3, rehearsal=count < 3)
            facts = store.classes.by_id(room.id)
            assert facts is not None
            watch = Watch(store, facts, count)
            used, began = app.processor_s(), time.monotonic()
            address = f"ws://localhost:{app.port}/join/{room.code}/socket"
            students = subprocess.run(
                [
                    *(sys.executable, "-m", "benchmarks.parts.students"),
                    *(address, str(count), str(SECONDS)),
                ],
                cwd=stage.ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            lasted = time.monotonic() - began
            used = app.processor_s() - used
            resident = app.resident_mb()
            delays = watch.end()
        result = json.loads(students.stdout)
        return row(count, result, delays) | {
            "server_cpu_percent": round(100 * used / lasted, 1),
            "students_cpu_percent": round(100 * result["processor_s"] / lasted, 1),
            "resident_mb": round(resident),
        }


def row(count: int, result: dict, delays: list[float]) -> dict:
    readings = [len(student["delays"]) for student in result["students"]]
    sent = sum(student["sent"] for student in result["students"])
    reading = [delay for student in result["students"] for delay in student["delays"]]
    return {
        "students": count,
        "readings_per_student_s": round(statistics.mean(readings) / SECONDS, 2),
        "fewest_readings_per_s": round(min(readings) / SECONDS, 2),
        "slowest_over_median": round(min(readings) / statistics.median(readings), 2),
        "dropped": sent - sum(readings),
        "reading_p50_s": percentile(reading, 50),
        "reading_p95_s": percentile(reading, 95),
        "p50_s": percentile(delays, 50),
        "p95_s": percentile(delays, 95),
    }


def percentile(values: list[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 2) if values else None


class Watch:
    """Notes how old each second of a class is when it may first be seen."""

    def __init__(self, store: Store, facts: ClassFacts, count: int) -> None:
        self._store = store
        self._facts = facts
        self._count = count
        self._ended = threading.Event()
        self._delays: list[float] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> list[float]:
        """Returns for each reading how long after its capture it could be seen, in seconds."""
        self._ended.set()
        self._thread.join()
        return self._delays

    def _run(self) -> None:
        seen = 0
        while not self._ended.wait(POLL_S):
            rows = self._store.history.seconds(self._facts.id)
            now = time.time()
            for second in rows[seen:]:
                if second.present < self._count:
                    continue
                captured = [self._facts.opened + at + 0.5 for at, _ in second.buckets()]
                faces = round(float(second.mood[1]) / second.length)
                self._delays += [now - at for at in captured for _ in range(faces)]
            seen = len(rows)
