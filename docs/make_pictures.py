"""Makes the pictures of the README and the documents from the running app: `make pictures`.

All faces are those of the demo, which may be shown. Chromium takes the pictures; Pillow makes the
animation smaller. `docs/pictures/` is written anew.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.parts import stage
from fer.demo.moving_class import LOOP_S, SCENE_STARTS, MovingClass
from fer.web.join import texts as join
from fer.web.live import texts as live

FOLDER = Path(__file__).resolve().parent / "pictures"
LAPTOP = {"width": 1366, "height": 800}
PHONE = {"width": 390, "height": 780}
STUDENTS = 5
ANIMATION_WIDTH = 760
NUMBERS_MS = 120_000
"""How long the first numbers of a class may take. They begin after ten seconds without a change."""

expect.set_options(timeout=60_000)


def main() -> None:
    """Start the app and write all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        footage = stage.write_footage(Path(folder) / "student.mjpeg", _student())
        with stage.App(Path(folder) / "log.txt") as app:
            browser = stage.launch(playwright, footage)
            _live(browser, app.url)
            _class(browser, app.url)
            browser.close()
    total = 0
    for path in sorted(FOLDER.iterdir()):
        total += path.stat().st_size
        print(f"{path.stat().st_size / 1000:7.0f} kB  {path.name}")
    print(f"{total / 1000:7.0f} kB in all")


def _student() -> Iterator:
    """What the camera of a student sees: one face of the demo's film."""
    film = MovingClass()
    for number in range(8 * stage.FPS):
        frame = film.frame(SCENE_STARTS["laugh"] - 6 + number / stage.FPS)
        yield stage.fit(frame[: frame.shape[0] // 3, : frame.shape[1] // 4])


@contextmanager
def _page(browser: Browser, size: dict) -> Iterator[Page]:
    context = browser.new_context(viewport=size, color_scheme="light")
    yield context.new_page()
    context.close()


def _live(browser: Browser, url: str) -> None:
    """The first page, a minute of the live page, and the report of that minute."""
    with _page(browser, LAPTOP) as page:
        page.goto(url)
        page.get_by_role("button", name=live.DEMO).wait_for()
        _write(page, "first")
        page.get_by_role("button", name=live.DEMO).click()
        expect(page.locator(".st-key-headline")).to_contain_text("readable")
        frames = []
        for _ in _every(1.0, LOOP_S):
            frames.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        _animate(frames)
        _save(frames[len(frames) * 2 // 3], "live")
        page.get_by_role("button", name=live.REPORT).click()
        page.get_by_text("Valence and events").first.wait_for()
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        page.wait_for_load_state("networkidle")
        _write(page, "report")


def _class(browser: Browser, url: str) -> None:
    """A class with the smallest number of students that has numbers, and a student's phone."""
    with _page(browser, LAPTOP) as page:
        page.goto(f"{url}/class")
        page.get_by_label("Title").fill("Physics")
        page.get_by_label("Title").press("Tab")
        page.get_by_text("Cameras, by choice").click()
        page.get_by_role("button", name=live.NOTICE_READ).click()
        page.get_by_role("button", name="Open the class").click()
        address = page.get_by_test_id("stCode").inner_text().strip()
        contexts = []
        for number in range(STUDENTS):
            contexts.append(browser.new_context(viewport=PHONE, color_scheme="light"))
            contexts[-1].set_default_timeout(NUMBERS_MS)
            student = contexts[-1].new_page()
            student.goto(address)
            agree = student.get_by_role("button", name=join.AGREE)
            if number == 0:
                expect(agree).to_be_enabled(timeout=NUMBERS_MS)
                # A machine with other work to do is too slow for this way.
                expect(student.locator("[data-way=device]")).to_be_visible()
                _write(student, "join")
            agree.click()
            # A click as fast as this one would count as the second one of a double click.
            student.get_by_role("button", name=join.SHARE).press("Enter")
            expect(student.get_by_text("You look:")).to_be_visible(timeout=NUMBERS_MS)
            expect(student.locator("#connection")).to_be_empty()
        _write(student, "student")
        for label, value in (("Students", str(STUDENTS)), ("Pleasant", "%")):
            name = page.get_by_text(label, exact=True)
            metric = page.get_by_test_id("stMetric").filter(has=name)
            shown = metric.get_by_test_id("stMetricValue")
            expect(shown).to_contain_text(value, timeout=NUMBERS_MS)
        for chart in ("pulse", "mood-shares"):
            expect(page.locator(f"[data-chart={chart}] .main-svg").first).to_be_visible()
        _write(page, "class")
        for context in contexts:
            context.close()


def _every(seconds: float, whole: float) -> Iterator[float]:
    """Yields at a steady pace, for so many seconds."""
    begin = time.monotonic()
    for number in range(round(whole / seconds)):
        time.sleep(max(0.0, begin + number * seconds - time.monotonic()))
        yield number * seconds


def _animate(frames: list[Image.Image]) -> None:
    width, height = frames[0].size
    size = (ANIMATION_WIDTH, round(height * ANIMATION_WIDTH / width))
    small = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
    small[0].save(
        FOLDER / "live-minute.webp",
        save_all=True,
        append_images=small[1:],
        duration=1000,
        loop=0,
        quality=35,
        method=4,
        minimize_size=False,
    )


def _write(page: Page, name: str) -> None:
    _save(Image.open(io.BytesIO(page.screenshot())), name)


def _save(picture: Image.Image, name: str) -> None:
    picture.convert("RGB").save(FOLDER / f"{name}.webp", quality=80, method=6)


if __name__ == "__main__":
    main()
