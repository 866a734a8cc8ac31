"""The real app, a headless Chromium, and footage for its camera.

Real footage where the shared material is, else a public-domain portrait. Waits are for
conditions, with room for a slow machine; the figures to reach are measured by `benchmarks`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from benchmarks.parts import stage
from benchmarks.parts.footage import gallery, portraits
from tests.browser.operator import TOKEN
from tests.browser.page import PASSWORD, expect_one
from tests.conftest import SHARED

expect.set_options(timeout=stage.PATIENCE_MS)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright():
    try:
        stage.chromium()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The app, which sends a camera's video however long the connection takes. By itself it would
    turn to pictures after six seconds, which a busy machine may need; see test_camera_pictures."""
    with stage.App(tmp_path_factory.mktemp("app") / "log.txt", FER_CAMERA="video") as app:
        yield app


@pytest.fixture(scope="session")
def guarded(tmp_path_factory):
    """The app as a school may set it up: with a password, behind one proxy, and with a site that
    may show it in a frame."""
    log = tmp_path_factory.mktemp("guarded") / "log.txt"
    settings = {"FER_PROXIES": "1", "FER_EMBEDDED_BY": "https://moodle.example.org"}
    with stage.App(log, FER_PASSWORD=PASSWORD, **settings) as app:
        yield app


@pytest.fixture(scope="session")
def below_path(tmp_path_factory):
    """The app below a path, as a school's proxy may serve it, with figures for whoever runs it."""
    log = tmp_path_factory.mktemp("below") / "log.txt"
    settings = {"FER_CAMERA": "video", "FER_METRICS_TOKEN": TOKEN}
    with stage.App(log, path="/mood", **settings) as app:
        yield app


@pytest.fixture(scope="session")
def footage(tmp_path_factory) -> Callable[[str], Path]:
    """Films by name: "happy" (one laughing face), "six" faces, "empty"."""
    folder = tmp_path_factory.mktemp("footage")
    media = SHARED / "media"

    def frames(name):
        if name == "empty":
            return stage.empty(2)
        if name == "happy":
            if media.is_dir():
                return stage.clip(media / "student_laughing_854x480.mp4", 8)
            return stage.pan(stage.portrait(), 4)
        if media.is_dir():
            return stage.pan(cv2.imread(str(media / "group_of_6.jpg")), 6, share=0.95)
        return stage.pan(np.tile(stage.portrait()[:256, 96:352], (2, 3, 1)), 4, share=1.0)

    def make(name):
        path = folder / f"{name}.y4m"
        # Each picture costs 0.08 s of a processor until it is read and drawn.
        return path if path.exists() else stage.write_film(path, frames(name), fps=2)

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds to the report of a failure what its pages showed."""
    report = yield
    browsers = getattr(item, "funcargs", {}).get("browsers")
    if report.when == "call" and report.failed and browsers:
        for browser in browsers.started.values():
            for page in (page for context in browser.contexts for page in context.pages):
                with contextlib.suppress(Error):
                    text = page.locator("body").inner_text(timeout=5000)
                    report.sections.append((page.url, text[:3000]))
    return report


@pytest.fixture(scope="session")
def browsers(playwright, footage):
    """Browsers by the footage of their camera, each started once."""
    started = {}

    def browser(name):
        if name not in started:
            started[name] = stage.launch(playwright, footage(name))
        return started[name]

    browser.started = started
    yield browser
    for browser in started.values():
        browser.close()


def new_context(browser, **options) -> BrowserContext:
    """Returns a context for visits, whose owner closes it: pages that stay open cost time."""
    return browser.new_context(viewport={"width": 1366, "height": 768}, **options)


def open_live(context: BrowserContext, url: str) -> Page:
    """Opens the live page in a context and reads the notice."""
    page = context.new_page()
    page.on("pageerror", lambda error: print("page error:", error))
    page.on("console", lambda said: said.type == "error" and print("console:", said.text))
    page.goto(url)
    page.get_by_role("button", name="I have read this").click()
    expect_one(page.get_by_text("Live class mood"))
    return page


@pytest.fixture
def visit(app):
    """Opens the live page in a browser and reads the notice; closes it after the test."""
    contexts = []

    def visit(browser, url=None, prepare=None, **options) -> Page:
        """`prepare` is called with the browser's context before anything is opened in it."""
        context = new_context(browser, **options)
        contexts.append(context)
        if prepare:
            prepare(context)
        return open_live(context, url or app.url)

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def open_page():
    """Opens an empty page in a new context, and prints what its browser complains about."""
    contexts = []

    def open_page(browser, **options) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                said.type == "error"
                and "404" not in said.text
                and page.complaints.append(said.text)
            ),
        )
        page.on("dialog", lambda dialog: page.complaints.append(f"dialog: {dialog.message}"))
        return page

    yield open_page
    for context in contexts:
        with contextlib.suppress(Exception):
            context.close()


@pytest.fixture
def instructor(browsers, open_page):
    return open_page(browsers("empty"), viewport={"width": 1366, "height": 768})


@pytest.fixture(scope="session")
def cameraless(playwright):
    """A browser of a computer without a camera."""
    browser = stage.launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def gallery_page(tmp_path_factory) -> SimpleNamespace:
    """A page that looks like a video call with 25 people: its HTML and its title."""
    if not (SHARED / "media").is_dir():
        # The portrait is cut to the head, as a video call shows it.
        head = stage.portrait()[:256, 96:352]
        pictures = [head, head[:, ::-1]] * 13
    else:
        pictures = portraits(25)
    path = tmp_path_factory.mktemp("gallery") / "gallery.jpg"
    cv2.imwrite(str(path), gallery(pictures[:25]), [cv2.IMWRITE_JPEG_QUALITY, 92])
    title = f"Gallery {os.getpid()}"
    page = path.with_suffix(".html")
    # The clock keeps the picture changing: a still tab is not captured again.
    page.write_text(
        f"<title>{title}</title><body style='margin:0;background:#000'>"
        f"<img src='{path.name}' style='width:100%'><p id='clock' style='color:#fff'></p>"
        "<script>setInterval(() => clock.textContent = Date.now(), 1000)</script>"
    )
    return SimpleNamespace(url=page.as_uri(), title=title)


@contextlib.contextmanager
def page_of(script: str, browsers, folder: Path) -> Iterator[Page]:
    """Opens a script of Streamlit's as an app of its own in a browser, until the end of the block.

    Args:
        script: its text.
        browsers: the fixture of that name.
        folder: a folder for the script and for what the app prints.
    """
    file = folder / "script.py"
    file.write_text(script, "utf-8")
    with stage.App(folder / "log.txt", script=file) as app:
        context = browsers("empty").new_context()
        page = context.new_page()
        page.goto(app.url)
        yield page
        context.close()
