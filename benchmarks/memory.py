"""How much memory and disk the app takes, under a hard limit of 512 MB."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.parts import stage
from benchmarks.parts.deployed import deploy, installed
from benchmarks.parts.memory_limit import MemoryLimit, taken
from benchmarks.parts.recordings import gallery_recording
from fer.charts import plotly_js
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.jobs.job import JobState
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store
from fer.web.join.device.runtime import PACKAGE, PROGRAM, SCRIPT

LIMIT_MB = 512.0
STREAMS, STUDENTS = 2, 20
SECONDS = float(os.environ.get("FER_MEMORY_SECONDS", 60))
"""How long the streams and the students go on, in seconds."""

LOOK_EVERY_S = 3.0
"""Seconds between two looks at the number of faces that the live pages show."""

SHIPPED = (
    *("app.py", ".streamlit", "pages", "models", "fer", "LICENSE", "NOTICE"),
    *(f"node_modules/{PACKAGE}/dist/{name}" for name in (SCRIPT, PROGRAM)),
    f"node_modules/{plotly_js.PACKAGE}",
)
"""What the Dockerfile copies besides the packages of Python."""


def run() -> dict:
    """Measure memory and size; this takes about three minutes.

    The app runs on the packages that Heroku and the container have: those of requirements.txt, as
    far as this Python has them, after `bin/post_compile`.

    Returns:
        All in MB of 10^6 bytes: `idle_mb`, with the live page open and its camera off; `busy_mb`,
        the most while two cameras are live, one upload is analysed and 20 students take part;
        `limit_mb`, and `limited_by`, how it was enforced; `killed`, processes that were killed for
        it; `faces`, what each live page showed as the number of faces, look by look ("–": no
        picture was read within 3 s); `installed_mb`, the files of these packages, and
        `untrimmed_mb`, the same before `bin/post_compile`; `slug_mb`, the packages and the app in
        one compressed archive. `held`: the app lived, each camera's face was seen, the upload was
        analysed, and the students got readings.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        MemoryLimit(int(LIMIT_MB * 1e6)) as limit,
        sync_playwright() as play,
    ):
        folder = Path(name)
        python = deploy(folder / "deployed")
        sizes = _sizes(folder / "deployed")
        footage = stage.write_footage(folder / "face.mjpeg", stage.pan(stage.portrait(), 6))
        gallery_recording(folder / "call.mp4", seconds=40, fps=10)
        # As the Procfile and the Dockerfile set it.
        arenas = {"MALLOC_ARENA_MAX": "2"}
        with stage.App(folder / "log.txt", shell=limit.shell, python=python, **arenas) as app:
            figures = _measure(app, stage.launch(play, footage), folder)
            figures["killed"] = limit.kills()
    return {**figures, "limit_mb": LIMIT_MB, "limited_by": limit.how, **sizes}


def _measure(app: stage.App, browser, folder: Path) -> dict:
    pages = [browser.new_context().new_page() for _ in range(STREAMS + 1)]
    *live, upload = pages
    for page in pages:
        page.set_default_timeout(120_000)
    _open(app, live[0])
    time.sleep(10)  # what loads in the background counts as well
    figures: dict = {"held": False, "idle_mb": round(taken(app.process.pid) / 1e6, 1)}
    peak = _Peak(app)
    try:
        for page in live[1:]:
            _open(app, page)
        for page in live:
            _camera(page).click()
        readings = folder / "readings.json"
        students = _join(app, readings)
        upload.goto(f"{app.url}/recording")
        upload.locator(".st-key-upload input[type=file]").set_input_files(folder / "call.mp4")
        start = upload.get_by_role("button", name="Analyse", exact=True)
        expect(start).to_be_enabled(timeout=120_000)
        start.click()
        seen: list[list[str]] = []
        deadline = time.monotonic() + SECONDS + 300
        while students.poll() is None and time.monotonic() < deadline:
            seen.append([_faces(page) for page in live])
            time.sleep(LOOK_EVERY_S)
        students.wait(5)
        seen.append([_faces(page) for page in live])
        figures["faces"] = ["/".join(looks) for looks in zip(*seen, strict=True)]
        deadline = time.monotonic() + 300
        while _states(app) != [JobState.DONE] and time.monotonic() < deadline:
            time.sleep(1)
        figures["analysis"] = _states(app)
        rows = json.loads(readings.read_text())["students"]
        figures["fewest_readings"] = min(len(row["delays"]) for row in rows)
        figures["held"] = figures["analysis"] == [JobState.DONE] and figures["fewest_readings"] > 0
    except Exception as error:  # an app that was killed is a result, too
        figures["error"] = str(error)[:300]
    figures["busy_mb"] = round(peak.end() / 1e6, 1)
    cameras_read = all("1" in looks.split("/") for looks in figures.get("faces", [""]))
    figures["held"] &= app.process.poll() is None and cameras_read
    browser.close()
    return figures


def _open(app: stage.App, page: Page) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="I have read this").click()
    _camera(page).wait_for()


def _camera(page: Page):
    frame = page.frame_locator("iframe[title*=webrtc]")
    return frame.get_by_role("button", name="Start camera")


def _faces(page: Page) -> str:
    box = page.get_by_test_id("stMetric").filter(has_text="Faces")
    return box.get_by_test_id("stMetricValue").inner_text()


def _join(app: stage.App, readings: Path) -> subprocess.Popen:
    """Open a class and let students join it, from a process; it writes their readings to a file."""
    settings = replace(Settings.from_environment(), results=app.results)
    store = Store(Database(database_url(settings)))
    code = Classrooms(store).open("Benchmark", mode=Mode.CAMERA, k=5).code
    address = f"ws://localhost:{app.port}/join/{code}/socket"
    words = ["-m", "benchmarks.parts.students", address, str(STUDENTS), str(SECONDS)]
    with readings.open("w") as output:
        return subprocess.Popen([sys.executable, *words], cwd=stage.ROOT, stdout=output)


def _states(app: stage.App) -> list[str]:
    return [json.loads(path.read_text())["state"] for path in app.results.glob("*/job.json")]


class _Peak:
    """Measures the app's memory again and again until it ends."""

    def __init__(self, app: stage.App) -> None:
        self._pid = app.process.pid
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Stop measuring; returns the most memory that was seen, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._most

    def _run(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):  # it was killed
            while not self._ended.wait(0.5):
                self._most = max(self._most, taken(self._pid))


class _Counter:
    """A file that only counts what is written to it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)


def _sizes(environment: Path) -> dict:
    # Its Python is a link to one that belongs to the system.
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    slug = _Counter()
    with tarfile.open(fileobj=cast(BinaryIO, slug), mode="w|gz") as archive:
        for path in [environment, *(stage.ROOT / name for name in SHIPPED)]:
            archive.add(path, filter=_shipped)
    return {
        "installed_mb": _megabytes(files),
        "untrimmed_mb": _megabytes(installed().values()),
        "slug_mb": round(slug.size / 1e6, 1),
    }


def _megabytes(files: Iterable[Path]) -> float:
    return round(sum(path.stat().st_size for path in files) / 1e6, 1)


def _shipped(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Returns an entry of the archive, or None if .dockerignore leaves it out."""
    left_out = r"/(fer/training|models/[^/.]+|fer/.*__pycache__|pages/__pycache__)(/|$)"
    root = str(stage.ROOT).lstrip("/")
    inside = entry.name.removeprefix(root)
    return None if inside != entry.name and re.match(left_out, inside) else entry
