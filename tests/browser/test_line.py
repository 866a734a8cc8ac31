"""The camera's connection to a server that is too busy to answer, and what brings a lost one back.

The app, the camera and the connection are real. Only in the last test the browser's word that the
connection has failed comes from the test, because a browser takes half a minute to say so.

The tests share one visit, because each costs about ten seconds of a processor.
"""

import re
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from benchmarks.parts import stage
from fer.web.loop_lag import LOOPS
from tests.browser.conftest import new_context, open_live
from tests.browser.connections import (
    expect_off,
    fail,
    look,
    times_asked,
    wait_for_state,
    wait_until_known,
    watch,
)
from tests.browser.page import (
    camera,
    expect_one,
    metric,
    seconds_drawn,
    start,
    stop,
    wait_until_drawn,
)
from tests.fakes import wait_for

# Read by Python when the server starts. While the file "late" exists, messages are sent late, so
# runs of the whole page and of its fragments pile up, as they do on a busy server. After each delay
# the server has as much time for all else; without it, it would never catch up on a busy machine.
# While the file "block" exists, the server's event loops stand still: that of the pages and that of
# the cameras. A file "blocked ..." for each says so.
BUSY = """
import asyncio, os, pathlib, threading, time
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

orders = pathlib.Path(os.environ["ORDERS"])
late, block = orders / "late", orders / "block"
flush = ForwardMsgQueue.flush
in_time_until = 0.0

def flush_late(queue):
    global in_time_until
    began = time.monotonic()
    if late.exists() and not queue.is_empty() and began > in_time_until:
        time.sleep(0.6)
        in_time_until = 2 * time.monotonic() - began
    return flush(queue)

ForwardMsgQueue.flush = flush_late
run_forever = asyncio.BaseEventLoop.run_forever

def watch(loop, blocked):
    def stand_still():
        blocked.touch()
        while block.exists():
            time.sleep(0.05)
        blocked.unlink()

    while True:
        time.sleep(0.05)
        if block.exists() and not blocked.exists():
            loop.call_soon_threadsafe(stand_still)
            while block.exists():
                time.sleep(0.05)

def run(loop):
    name = threading.current_thread().name
    if name in ("MainThread", "media-loop"):
        threading.Thread(target=watch, args=(loop, orders / f"blocked {name}"), daemon=True).start()
    run_forever(loop)

asyncio.BaseEventLoop.run_forever = run
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app, a block in which it sends late, and one in which its event loops stand still."""
    folder = tmp_path_factory.mktemp("busy")
    (folder / "sitecustomize.py").write_text(BUSY)

    @contextmanager
    def ordered(name):
        (folder / name).touch()
        try:
            yield
        finally:
            (folder / name).unlink()

    @contextmanager
    def blocked():
        with ordered("block"):
            wait_for(lambda: len(list(folder.glob("blocked *"))) == LOOPS)
            yield
        wait_for(lambda: not list(folder.glob("blocked *")))

    environment = {"PYTHONPATH": str(folder), "ORDERS": str(folder), "FER_CAMERA": "video"}
    with stage.App(folder / "log.txt", **environment) as app:
        yield SimpleNamespace(url=app.url, late=lambda: ordered("late"), blocked=blocked)


@pytest.fixture(scope="module")
def page(browsers, server):
    """A live page whose camera's frame came after the component had looked for it, and whose camera
    was started before the component looked again."""
    held = []
    free = threading.Event()
    with new_context(browsers("happy")) as context:
        watch(context)
        context.route(
            re.compile("streamlit_webrtc.*index.html"),
            lambda route: route.continue_() if free.is_set() else held.append(route),
        )
        page = open_live(context, server.url)
        wait_for(lambda: page.evaluate("looks") and held, 60)
        look(page)
        page.evaluate("window.blind = true")
        free.set()
        for route in held:
            route.continue_()
        start(page)
        expect(metric(page, "Faces")).to_have_text("1")
        page.evaluate("window.blind = false")
        yield page


@pytest.fixture
def playing(page) -> Page:
    """The page once its camera plays, whatever the test before has left."""
    begin, end = (camera(page).get_by_role("button", name=f"{word} camera") for word in STATES)
    expect_one(begin.or_(end))
    if begin.is_visible():
        begin.click()
    expect(metric(page, "Faces")).to_have_text("1")
    return page


STATES = ("Start", "Stop")
"""What the button of a camera that is off, and of one that is on, offers."""


def test_the_page_stays_when_runs_pile_up(playing, server):
    page = playing
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    with server.late():
        for _ in range(5):
            page.get_by_role("button", name="Mark", exact=True).click()
            wait_until_drawn(page, seconds_drawn(page) + 1)
            expect(metric(page, "Faces")).to_have_text("1")
    assert not errors


def test_a_camera_outlives_a_pause_and_after_a_longer_one_comes_back_and_says_why(playing, server):
    page = playing
    wait_until_known(page)
    with server.blocked():
        wait_for_state(page, "disconnected")
    expect_one(page.get_by_text("The server is busy"))
    expect(metric(page, "Faces")).to_have_text("1")
    expect_one(camera(page).get_by_role("button", name="Stop camera"))
    expect(page.get_by_text("lost its connection")).to_have_count(0)

    with server.blocked():
        began = time.monotonic()
        wait_for_state(page, "failed")
        seconds = time.monotonic() - began
    said = page.get_by_text(re.compile("lost its connection.*too busy to answer for [0-9]+ s"))
    expect_one(said, timeout=120_000)
    stood_still = int(re.findall("for ([0-9]+) s", said.inner_text())[-1])
    assert stood_still == pytest.approx(seconds, abs=3)
    expect_one(page.get_by_text("It is back"), timeout=120_000)
    expect(metric(page, "Faces")).to_have_text("1")
    # Whoever stops it wants it to stay off.
    stop(page)
    expect_one(page.get_by_text("The camera is off. What was measured stays"))
    with server.blocked():
        look(page)
    assert page.request.get(f"{server.url}/_stcore/health").ok
    look(page)
    expect_one(camera(page).get_by_role("button", name="Start camera"))


def expect_back(page: Page) -> None:
    began = time.monotonic()
    expect_one(page.get_by_text("It is back"), timeout=60_000)
    expect(metric(page, "Faces")).to_have_text("1")
    # On a very busy machine an answer may take longer than the 20 s after which it is tried again.
    tries = 1 + (time.monotonic() - began) // 20
    assert 2 <= times_asked(page) <= 1 + tries


def leave_for_another_source(page: Page) -> None:
    page.get_by_role("radio", name="Share a video call").click()
    expect_one(page.get_by_role("button", name="Share a window or screen"))
    # Whoever is back before the page has taken the frame away has not stopped the camera.
    expect(page.locator("iframe[title*=webrtc]")).to_have_count(0)


def test_a_camera_that_was_left_stays_off_and_one_whose_start_nobody_saw_comes_back(playing):
    page = playing
    leave_for_another_source(page)
    page.get_by_role("radio", name="Camera").click()
    expect_off(page, asked=0)

    # The next camera is started before the component has looked at its frame.
    leave_for_another_source(page)
    page.evaluate("window.blind = true")
    page.get_by_role("radio", name="Camera").click()
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    page.evaluate("window.blind = false")
    fail(page)
    expect_back(page)
