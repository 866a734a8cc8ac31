"""Reading on the students' own devices: how fast it starts and reads, and what it sends."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, Route, expect, sync_playwright

from benchmarks.parts import device_clients, stage
from benchmarks.parts import device_reading as reading
from benchmarks.parts.footage import portraits
from benchmarks.parts.meter import Meter
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.faces.core import MoodCore
from fer.settings import Settings
from fer.store.database import Database, database_url
from fer.store.store import Store

SECONDS = float(os.environ.get("FER_DEVICE_SECONDS", 60))
"""How long a student takes part, in seconds."""

PICTURES = 55

LOOKS = 20
"""How often a room is looked at."""

_NOTE_TIMES = """() => {
    window.times = [];
    const before = device.onReading;
    device.onReading = (message) => { times.push(message.ms); before(message); };
}"""


def run() -> dict:
    """Measure one student's browser, then the server with classes of devices.

    Returns:
        What `one_browser` returns, and `classes`, a row for each size, see
        `benchmarks.parts.device_clients.measure`.
    """
    return {
        **one_browser(),
        "classes": [device_clients.measure(count) for count in device_clients.STUDENTS],
    }


def one_browser() -> dict:
    """Measure one student's browser, a headless Chromium whose reading uses one thread.

    Returns:
        `start_s`, from the first visit until the page says which way is used, and
        `second_start_s`, the same with the files in the browser's cache; `bytes_first_visit` and
        `bytes_second_visit`, which the browser receives; `ms_per_reading` of a face in the picture
        of a camera of 640 × 480 px, median, and `ms_per_reading_p95`; `readings_per_s`;
        `bytes_per_minute` and `messages_per_minute`, which a student sends while taking part;
        `longest_message` of these, in bytes, without the first; what `look_at_a_room` returns;
        `same_class_share`, and
        `max_probability_difference` and `mean_probability_difference`, between the browser and
        Python for `pictures` pictures.

    Raises:
        RuntimeError: the browser does not read, for example because this machine is too busy.
    """
    with tempfile.TemporaryDirectory() as name:
        footage = stage.write_footage(Path(name) / "face.mjpeg", stage.pan(portraits(1)[0], 3))
        with (
            stage.App(Path(name) / "log.txt") as app,
            Meter(app.port) as meter,
            sync_playwright() as playwright,
        ):
            settings = replace(Settings.from_environment(), results=app.results)
            store = Store(Database(database_url(settings)))
            room = Classrooms(store).open("Benchmark", mode=Mode.CAMERA, k=3)
            browser = stage.launch(playwright, footage)
            try:
                context = browser.new_context()
                address = f"http://localhost:{meter.port}/join/{room.code}"
                first = visit(context.new_page(), address, meter)
                second = visit(context.new_page(), address, meter)
                page = context.pages[1]
                agreement = compare(page)
                room_look = look_at_a_room(page)
                part = take_part(page, meter)
            finally:
                browser.close()
    return {
        "start_s": first["start_s"],
        "second_start_s": second["start_s"],
        "bytes_first_visit": first["received"],
        "bytes_second_visit": second["received"],
        **part,
        **room_look,
        **agreement,
    }


def visit(page: Page, address: str, meter: Meter) -> dict:
    """Open the page and wait until it says which way is used."""
    received, began = meter.received, time.monotonic()
    page.goto(address)
    agree = page.get_by_role("button", name="I agree: use my camera")
    expect(agree).to_be_enabled(timeout=60_000)
    seconds = time.monotonic() - began
    said = page.locator("#way").inner_text()
    if "No picture leaves it" not in said:
        raise RuntimeError(f"the device does not read: {said}")
    return {"start_s": round(seconds, 2), "received": meter.received - received}


def compare(page: Page) -> dict:
    """Compare what a Worker reads from pictures of faces with what Python reads."""
    reading.start(page)
    pictures = [stage.fit(picture) for picture in portraits(PICTURES)]
    core = reading.core()
    here = [reading.read_here(core, picture) for picture in pictures]
    compared = reading.compare(here, reading.read_there(page, pictures))
    page.evaluate("harness.terminate()")
    return {
        "pictures": compared["pictures"],
        "same_class_share": round(compared["same_share"], 4),
        "max_probability_difference": round(compared["max_difference"], 6),
        "mean_probability_difference": round(compared["mean_difference"], 6),
    }


def look_at_a_room(page: Page) -> dict:
    """Measure what the live page's own camera would take if the browser read its whole picture.

    That camera may look at a room, so faces are looked for in the picture of 640 × 480 px itself
    and not in a small copy of it, as on a student's device.

    Returns:
        Medians in ms: `look_ms` to look for faces, and `face_ms` for each face on top; `server_ms`
        for the same picture with one face by Python, as where the page sends pictures.
    """
    page.route(f"**/{page.evaluate('facts.device.recipe')}", _for_a_room)
    reading.start(page)
    face = stage.fit(portraits(1)[0])
    empty = next(iter(stage.empty(1)))
    looks = [_ms(page, [empty, face]) for _ in range(LOOKS)]
    page.evaluate("harness.terminate()")
    look, whole = (statistics.median(times) for times in zip(*looks, strict=True))
    core = MoodCore.load()
    began = time.perf_counter()
    for _ in range(LOOKS):
        core.read(face)
    return {
        "look_ms": round(look, 1),
        "face_ms": round(whole - look, 1),
        "server_ms": round(1000 * (time.perf_counter() - began) / LOOKS, 1),
    }


def _for_a_room(route: Route) -> None:
    answer = route.fetch()
    recipe = answer.json()
    recipe["detector"]["size"] = max(stage.SIZE)
    route.fulfill(response=answer, json=recipe)


def _ms(page: Page, pictures: list[np.ndarray]) -> list[float]:
    return [answer["ms"] for answer in reading.read_there(page, pictures)]


def take_part(page: Page, meter: Meter) -> dict:
    """Join the class and stay for `SECONDS`."""
    sizes: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda sent: sizes.append(len(sent))),
    )
    page.evaluate(_NOTE_TIMES)
    page.get_by_role("button", name="I agree: use my camera").click()
    page.get_by_role("button", name="Use this camera").click()
    expect(page.locator("#reading")).to_contain_text("You look", timeout=60_000)
    sent, messages, began = meter.sent, len(sizes), time.monotonic()
    page.wait_for_timeout(1000 * SECONDS)
    lasted = time.monotonic() - began
    times = page.evaluate("times")
    return {
        "ms_per_reading": round(statistics.median(times), 1),
        "ms_per_reading_p95": round(statistics.quantiles(times, n=20)[-1], 1),
        "readings_per_s": round(len(times) / lasted, 2),
        "bytes_per_minute": round(60 * (meter.sent - sent) / lasted),
        "messages_per_minute": round(60 * (len(sizes) - messages) / lasted, 1),
        "longest_message": max(sizes[1:]),
    }
