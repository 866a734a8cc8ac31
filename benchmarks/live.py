"""The live page with a camera in a real browser: smoothness, delay, memory.

The camera shows a face that comes and goes, with a white corner while it is there. A script in
the page notes when the corner changes in the camera's picture (that is the capture), when
the number of faces changes, and when the chart of faces does. The periods are not multiples of
the page's refresh, so that changes fall into every phase of it.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.parts import stage

FRAMES_WITH, FRAMES_WITHOUT = 73, 84
"""Frames of footage with and without the face; together 5.23 s."""

SECONDS = float(os.environ.get("FER_BENCHMARK_SECONDS", 100))
"""How long the page is watched, s."""

# Runs in every frame of the page, because the camera is in the frame of streamlit-webrtc.
_WATCH_CAMERA = """
const now = () => performance.timeOrigin + performance.now();
const devices = navigator.mediaDevices;
const ask = devices?.getUserMedia?.bind(devices);
if (ask) devices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = stream;
  video.play();
  const canvas = new OffscreenCanvas(1, 1);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let before = null;
  const look = () => {
    pen.drawImage(video, 8, 8, 16, 16, 0, 0, 1, 1);
    const there = pen.getImageData(0, 0, 1, 1).data[0] > 128;
    if (before !== null && there !== before) window.top.captured.push([now(), there]);
    before = there;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  return stream;
};
if (window === window.top) window.captured = [];
"""

_WATCH_PAGE = """() => {
  const now = () => performance.timeOrigin + performance.now();
  window.numbers = [];
  window.charts = [];
  let number = null, chart = null;
  setInterval(() => {
    const metric = [...document.querySelectorAll("[data-testid=stMetric]")]
      .find((one) => one.innerText.startsWith("Faces"));
    const text = metric?.querySelector("[data-testid=stMetricValue]")?.innerText ?? "";
    if (text !== number) numbers.push([now(), text]);
    number = text;
    const line = document.querySelector("[data-chart=faces]")?._fullData?.[0];
    const last = line?.y?.length ? line.y[line.y.length - 1] : null;
    if (last !== chart) charts.push([now(), last]);
    chart = last;
  }, 20);
}"""


def run() -> dict:
    """Measure the live page; this takes two minutes.

    Returns:
        `video_fps` of the returned video, `analysed_fps`, medians and 95th percentiles of the
        time from capture to the chart and to the number of faces, `first_reading_s` after the
        click, `resident_mb` of the app at the end, `processor` cores that it used.
    """
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        footage = stage.write_footage(folder / "face.mjpeg", coming_and_going())
        with stage.App(folder / "log.txt") as app:
            browser = stage.launch(playwright, footage)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.add_init_script(_WATCH_CAMERA)
            figures = measure(page, app)
            browser.close()
    return figures


def coming_and_going() -> Iterator[np.ndarray]:
    """Yields a portrait for `FRAMES_WITH` frames, then a grey wall for `FRAMES_WITHOUT`."""
    face = stage.fit(stage.portrait())
    face[:40, :40] = 255
    wall = np.full_like(face, 90)
    wall[:40, :40] = 0
    for _ in range(FRAMES_WITH):
        yield face
    for _ in range(FRAMES_WITHOUT):
        yield wall


def measure(page: Page, app: stage.App) -> dict:
    page.goto(app.url)
    page.get_by_role("button", name="I have read this").click()
    start = page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Start camera")
    start.wait_for()
    page.evaluate(_WATCH_PAGE)
    clicked = page.evaluate("performance.timeOrigin + performance.now()")
    start.click()
    page.wait_for_function("numbers.some(([, text]) => /^[0-9]+$/.test(text))", timeout=60_000)
    first = page.evaluate("numbers.find(([, text]) => /^[0-9]+$/.test(text))[0]") - clicked
    page.wait_for_function("captured.length > 3")
    shown, used = frames_shown(page), app.processor_s()
    began = page.evaluate("performance.now()")
    analysed = []
    elapsed = 0.0
    while elapsed < SECONDS:
        page.wait_for_timeout(1000)
        elapsed = (page.evaluate("performance.now()") - began) / 1000
        analysed.append(float(page.locator(".st-key-status").inner_text().split()[0]))
    video_fps = (frames_shown(page) - shown) / elapsed
    processor = (app.processor_s() - used) / elapsed
    captured = page.evaluate("captured")
    to_chart = delays(captured, page.evaluate("charts"), faces_in_chart)
    to_number = delays(captured, page.evaluate("numbers"), faces_in_number)
    return {
        "video_fps": round(video_fps, 1),
        "analysed_fps": statistics.median(analysed),
        "p50_capture_to_chart_s": round(float(np.quantile(to_chart, 0.5)), 2),
        "p95_capture_to_chart_s": round(float(np.quantile(to_chart, 0.95)), 2),
        "p50_capture_to_number_s": round(float(np.quantile(to_number, 0.5)), 2),
        "p95_capture_to_number_s": round(float(np.quantile(to_number, 0.95)), 2),
        "first_reading_s": round(first / 1000, 2),
        "resident_mb": round(app.resident_mb()),
        "processor": round(processor, 2),
        "changes": len(to_chart),
    }


def frames_shown(page: Page) -> int:
    """Frames of the returned video that the browser has shown."""
    video = page.frame_locator("iframe[title*=webrtc]").locator("video")
    return video.evaluate(
        """(video) => {
            const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
            return totalVideoFrames - droppedVideoFrames;
        }"""
    )


def faces_in_chart(value: float | None) -> bool | None:
    """Whether the chart's last point shows a face; None if there is no point."""
    if value is None:
        return None
    return value > 0


def faces_in_number(text: str) -> bool | None:
    """Whether the number of faces shows at least one; None if there is no number."""
    return int(text) > 0 if text.isdigit() else None


def delays(captured: list, shown: list, means) -> list[float]:
    """Seconds from each change in the camera's picture to the first sight of it in the page.

    A chart's last point is the mean of its second, so the face's leaving shows as a smaller
    value, not at once as 0: any drop below a full face counts.

    Args:
        captured: [time in ms, whether the face came] for each change, in order of time.
        shown: [time in ms, value] for each change in the page, in order of time.
        means: says for a value whether there is a face.
    """
    seconds = []
    for (at, came), (until, _) in pairwise(captured):
        for time, value in shown:
            if at < time < until + 1000 and value not in (None, ""):
                there = means(value)
                partly = not came and isinstance(value, float) and value < 1
                if there is came or partly:
                    seconds.append((time - at) / 1000)
                    break
    return seconds
