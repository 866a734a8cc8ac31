"""A long live stream and many connections in a real browser: does anything grow?"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.parts import stage

MINUTES = float(os.environ.get("FER_SOAK_MINUTES", 10))
"""How long the stream runs, in minutes."""

SETTLED_MINUTES = min(2.0, MINUTES / 3)
"""Memory at the end is compared with memory after this many minutes."""

CONNECTIONS = 10
SAMPLE_S = 5


def run() -> dict:
    """Measure memory and threads; this takes `MINUTES` and about a minute and a half more.

    Returns:
        `memory_mb` resident once settled (median of a minute) and `memory_end_mb` (of the last),
        `memory_growth` between them and `memory_spread`, the largest distance of a sample
        after settling from `memory_mb`, both as parts of it; `threads` after one connection
        and `threads_after` after `CONNECTIONS` more, both with the camera off; `processor` cores
        used.
    """
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        footage = stage.write_footage(folder / "face.mjpeg", stage.pan(stage.portrait(), 6))
        with stage.App(folder / "log.txt") as app:
            browser = stage.launch(playwright, footage)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.set_default_timeout(60_000)
            page.goto(app.url)
            page.get_by_role("button", name="I have read this").click()
            figures = connect_often(page, app) | stream_long(page, app)
            browser.close()
    return figures


def connect_often(page: Page, app: stage.App) -> dict:
    connect(page)
    disconnect(page)
    before = settled_threads(app)
    for _ in range(CONNECTIONS):
        connect(page)
        disconnect(page)
    return {"threads": before, "threads_after": settled_threads(app)}


def stream_long(page: Page, app: stage.App) -> dict:
    connect(page)
    began, used = time.monotonic(), app.processor_s()
    samples: list[tuple[float, float]] = []
    rates: list[float] = []
    while (minutes := (time.monotonic() - began) / 60) < MINUTES:
        samples.append((minutes, app.resident_mb()))
        text = page.locator(".st-key-status").inner_text()
        rates.append(float(text.split()[0]))
        page.wait_for_timeout(SAMPLE_S * 1000)
    settled = [mb for at, mb in samples if SETTLED_MINUTES <= at < SETTLED_MINUTES + 1]
    late = [mb for at, mb in samples if at >= SETTLED_MINUTES]
    memory = statistics.median(settled)
    end = statistics.median(mb for at, mb in samples if at >= MINUTES - 1)
    return {
        "minutes": MINUTES,
        "memory_mb": round(memory),
        "memory_end_mb": round(end),
        "memory_growth": round(end / memory - 1, 3),
        "memory_spread": round(max(abs(mb / memory - 1) for mb in late), 3),
        "analysed_fps": statistics.median(rates),
        "processor": round((app.processor_s() - used) / (time.monotonic() - began), 2),
    }


def metric(page: Page, label: str):
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def connect(page: Page) -> None:
    camera = page.frame_locator("iframe[title*=webrtc]")
    camera.get_by_role("button", name="Start camera").click()
    expect(metric(page, "Faces")).to_have_text("1", timeout=60_000)


def disconnect(page: Page) -> None:
    camera = page.frame_locator("iframe[title*=webrtc]")
    camera.get_by_role("button", name="Stop camera").click()
    expect(metric(page, "Faces")).to_have_text("–", timeout=60_000)


def settled_threads(app: stage.App) -> int:
    """The fewest threads within three seconds, because those of script runs come and go."""
    counts = []
    for _ in range(30):
        counts.append(app.threads())
        time.sleep(0.1)
    return min(counts)
