"""A server that is too busy to send at once what a page draws."""

import re
import time

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
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

# Read by Python when the server starts. While it waits no message is sent, so the runs of a
# whole page and of its fragments pile up, as they do on a busy server.
LATE = """
import time
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

flush = ForwardMsgQueue.flush

def late(queue):
    if not queue.is_empty():
        time.sleep(0.6)
    return flush(queue)

ForwardMsgQueue.flush = late
"""


@pytest.fixture
def busy(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(LATE)
    with stage.App(tmp_path / "log.txt", PYTHONPATH=str(tmp_path)) as app:
        yield app


def test_the_page_stays_when_runs_pile_up(browsers, visit, busy):
    page = visit(browsers("happy"), busy.url)
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    for _ in range(12):
        page.get_by_role("button", name="Mark", exact=True).click()
        wait_until_drawn(page, seconds_drawn(page) + 1)
        expect(metric(page, "Faces")).to_have_text("1")
    assert not errors


# Read by Python when the server starts. A number in the file keeps the server's event loop from
# running for so many seconds.
BLOCKED = """
import asyncio, os, threading, time

run_forever = asyncio.BaseEventLoop.run_forever
path = os.environ["BLOCK"]

def watch(loop):
    while True:
        time.sleep(0.1)
        if os.path.exists(path):
            with open(path) as file:
                seconds = float(file.read())
            loop.call_soon_threadsafe(time.sleep, seconds)
            os.remove(path)

def run(loop):
    if threading.current_thread() is threading.main_thread():
        threading.Thread(target=watch, args=(loop,), daemon=True).start()
    run_forever(loop)

asyncio.BaseEventLoop.run_forever = run
"""


@pytest.fixture
def blocked(tmp_path):
    """The app, and a function that keeps its event loop from running for some seconds."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKED)
    order = tmp_path / "block"

    def block(seconds):
        draft = tmp_path / "draft"
        draft.write_text(str(seconds))
        draft.rename(order)
        while order.exists():  # until the app has read it
            time.sleep(0.01)

    with stage.App(tmp_path / "log.txt", PYTHONPATH=str(tmp_path), BLOCK=str(order)) as app:
        yield app, block


def until_it_goes_on(page, app):
    assert page.request.get(f"{app.url}/_stcore/health", timeout=60_000).ok


def test_a_camera_outlives_a_pause_of_the_server(browsers, visit, blocked):
    app, block = blocked
    page = visit(browsers("happy"), app.url)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    block(9)
    expect_one(page.get_by_text("The server is busy"), timeout=60_000)
    expect(metric(page, "Faces")).to_have_text("1", timeout=60_000)
    expect_one(camera(page).get_by_role("button", name="Stop camera"))


def is_watched(page):
    """Whether the component that watches the camera's connection has found the camera."""
    camera = "document.querySelector('iframe[title*=webrtc]')"
    return page.evaluate(f"() => Boolean({camera}?.contentWindow?.line)")


def test_a_camera_comes_back_by_itself_and_says_why_it_went(browsers, visit, blocked):
    app, block = blocked
    page = visit(browsers("happy"), app.url)
    wait_for(lambda: is_watched(page), 60)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    # Longer than a browser waits before it gives a connection up.
    block(45)
    said = page.get_by_text(re.compile("lost its connection.*too busy to answer for 4[0-9] s"))
    expect_one(said, timeout=120_000)
    expect_one(page.get_by_text("It is back"), timeout=120_000)
    expect(metric(page, "Faces")).to_have_text("1", timeout=60_000)
    # Whoever stops it wants it to stay off.
    stop(page)
    expect_one(page.get_by_text("The camera is off. What was measured stays"))
    block(9)
    until_it_goes_on(page, app)
    expect_one(camera(page).get_by_role("button", name="Start camera"))
