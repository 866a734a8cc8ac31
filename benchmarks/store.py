"""What a second of a class costs on its way through the database.

It measures the database of `DATABASE_URL`, if that is set, and leaves nothing behind there;
otherwise it measures a new SQLite file.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from fer.classroom.classrooms import Classrooms
from fer.classroom.consent import Camera, Consent
from fer.classroom.mode import Mode
from fer.faces.core import FaceReading
from fer.mood.bucket import MoodBucket
from fer.mood.prevalence import Prevalence
from fer.network import read_card
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store

SECONDS = 600
STUDENTS = 50


def run() -> dict[str, Any]:
    """Run ten minutes of a class of fifty students as fast as possible; returns the figures."""
    settings = Settings.from_environment(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        if not settings.database:
            settings = Settings(database=f"sqlite:///{folder}/classes.db")
        database = Database(database_url(settings))
        prevalence = Prevalence.from_card(read_card(settings.model))
        now = 1_000_000.0
        rooms = Classrooms(Store(database), prevalence, clock=lambda: now)
        room = rooms.open("Benchmark", mode=Mode.CAMERA)
        consent = Consent(Camera.PICTURES)
        students = [room.student(room.admit(consent, now)) for _ in range(STUDENTS)]
        for student in students:
            room.connected(student, now)
        rng = np.random.default_rng(1)
        faces = [
            MoodBucket.of([FaceReading((0, 0, 60, 60), rng.dirichlet(np.full(7, 0.3)))])
            for _ in range(500)
        ]
        processor, waited = 0.0, []
        for _ in range(SECONDS):
            for student in students:
                room.add(student, faces[rng.integers(len(faces))], now + 0.5)
            now += 1
            began, clock = time.process_time(), time.perf_counter()
            rooms.meet()
            processor += time.process_time() - began
            waited.append(time.perf_counter() - clock)
        rooms.close(room.id)
        began = time.process_time()
        seconds = len(rooms.past(room.id).window.seconds())
        opened = time.process_time() - began
        size = None
        if not database.is_sqlite:
            rooms.store.classes.erase(room.id)
        database.close()
        if database.is_sqlite:
            size = Path(str(database.url.database)).stat().st_size
    return {
        "database": database.url.get_backend_name(),
        "students": STUDENTS,
        "class_seconds_kept": seconds,
        "processor_ms_a_class_second": round(1000 * processor / SECONDS, 2),
        "p50_ms": round(1000 * float(np.median(waited)), 1),
        "p95_ms": round(1000 * float(np.quantile(waited, 0.95)), 1),
        "open_an_hour_processor_s": round(3600 * opened / SECONDS, 2),
        "mb_an_hour": None if size is None else round(3600 * size / SECONDS / 1e6, 2),
    }
