"""What instructors and students see and do in a class, by the words on their pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from benchmarks.parts.stage import App
from fer.classroom.classroom import Classroom
from fer.classroom.classrooms import Classrooms
from fer.classroom.mode import Mode
from fer.store.database import Database
from fer.store.store import Store
from tests.browser.page import expect_one, metric

NUMBERS_MS = 60_000
"""Numbers only begin after ten seconds in which nobody comes or goes."""

PHONE = {"width": 390, "height": 844}
"""The size of a phone's screen, px."""

NO_SIMD = "WebAssembly.validate = () => false"
"""A script that takes from a browser what it needs to read faces by itself."""


def open_class(page: Page, url: str, k: int) -> str:
    """Open a class with cameras on an instructor's page; returns the address for students.

    Takes ten seconds, mostly of the processor: a test of something else uses `opened`.
    """
    page.goto(f"{url}/class")
    expect_one(page.get_by_role("heading", name="Open a class"))
    page.get_by_label("Title").fill("Physics")
    page.get_by_label("Title").press("Tab")
    page.get_by_text("Cameras, by choice").click()
    notice = page.get_by_role("button", name="I have read this")
    notice.click()
    expect(notice).to_be_hidden()
    page.get_by_text("Students may choose to show me").click()
    fewest = page.get_by_role("spinbutton")
    fewest.fill(str(k))
    fewest.press("Enter")
    open_ = page.get_by_role("button", name="Open the class")
    expect(open_).to_be_enabled()
    open_.click()
    expect_one(page.get_by_text("Nobody has joined yet"))
    return page.get_by_test_id("stCode").inner_text().strip()


@contextmanager
def classes_of(app: App, url: str | None = None) -> Iterator[Classrooms]:
    """The classes of an app, as a second process on its database has them.

    `url` is that of the database; by itself an app has an SQLite file.
    """
    database = Database(url or f"sqlite:///{app.results}/classes.db")
    try:
        yield Classrooms(Store(database))
    finally:
        database.close()


def opened(app: App, title: str = "Physics", mode: Mode = Mode.CAMERA) -> str:
    """Open a class at which no instructor looks; returns the address for students. A visit of an
    instructor takes seconds."""
    with classes_of(app) as classes:
        return join_address(app, classes.open(title, mode=mode, individual=True))


def join_address(app: App, room: Classroom) -> str:
    return f"{app.url}/join/{room.code}"


def watch(page: Page, app: App, room: Classroom) -> None:
    """Open the instructor's page of a class."""
    page.goto(f"{app.url}/class?class={room.id}")
    if room.mode.uses_cameras:
        page.get_by_role("button", name="I have read this").click()
    expect_one(page.get_by_role("heading", name=room.title))


def join(page: Page, address: str, nickname: str | None = None) -> Page:
    """Join a class with the camera and send pictures, until the student's own reading is there.

    Students whose devices read are in test_device.py.
    """
    page.add_init_script(NO_SIMD)
    page.goto(address)
    if nickname is not None:
        page.get_by_role("checkbox").check()
        page.get_by_label("Nickname", exact=True).fill(nickname)
    page.get_by_role("button", name="I agree: use my camera").click()
    page.get_by_role("button", name="Use this camera").click()
    expect_one(own_reading(page))
    return page


def join_without_camera(page: Page, address: str, button: str = "Join without a camera") -> Page:
    """Join a class without the camera, on a device that does not load what reads faces."""
    page.add_init_script(NO_SIMD)
    page.goto(address)
    page.get_by_role("button", name=button, exact=True).click()
    expect_one(page.get_by_text("You have joined without a camera."))
    expect(page.locator("#connection")).to_be_empty()
    return page


def own_reading(page: Page) -> Locator:
    return page.get_by_text("You look:").or_(page.get_by_text("Your face was seen"))


def expect_students(page: Page, number: int) -> None:
    expect(metric(page, "Students")).to_have_text(str(number), timeout=NUMBERS_MS)


def expect_wait(page: Page, present: int, k: int) -> None:
    said = page.get_by_text(f"Students here: {present} of at least {k}.")
    expect_one(said, timeout=NUMBERS_MS)
    expect(metric(page, "Students")).to_have_count(0)
    expect(metric(page, "Pleasant")).to_have_count(0)
