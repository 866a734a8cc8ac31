"""From `streamlit run` to a rendered page, in a real browser."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from benchmarks.parts.stage import chromium
from fer.settings import ROOT

ROUNDS = 3
HEAVY = ("tensorflow", "keras", "torch", "jax", "dask", "matplotlib", "sklearn")

# Runs the app as `streamlit run` does and notes at the end which heavy modules it imported.
_LAUNCH = """
import atexit, signal, sys
from streamlit.web import cli
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
def note():
    open({note!r}, "w").write(
        "\\n".join(name for name in {heavy!r} if name in sys.modules))
atexit.register(note)
sys.argv = ["streamlit", "run", "app.py", "--server.headless=true", "--server.port={port}"]
sys.exit(cli.main())
"""


def run() -> dict:
    rows = [_start() for _ in range(ROUNDS + 1)][1:]  # the first one warms the disk
    return {
        "seconds_to_page": round(statistics.median(row[0] for row in rows), 2),
        "resident_mb": round(statistics.median(row[1] for row in rows), 1),
        "heavy_modules": sorted({name for row in rows for name in row[2]}),
        "rounds": ROUNDS,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start() -> tuple[float, float, list[str]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        note = Path(folder) / "modules"
        browser = play.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        page = browser.new_page()
        script = _LAUNCH.format(note=str(note), heavy=HEAVY, port=port)
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _open(page, f"http://127.0.0.1:{port}")
            page.get_by_role("heading").first.wait_for(timeout=60_000)
            seconds = time.perf_counter() - start
            time.sleep(2)  # what loads after the first rendering counts as memory too
            resident = psutil.Process(process.pid).memory_info().rss / 1e6
        finally:
            browser.close()
            process.terminate()
            process.wait(20)
        return seconds, resident, note.read_text().split()


def _open(page, url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            page.goto(url)
            return
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
