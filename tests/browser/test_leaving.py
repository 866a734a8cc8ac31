"""What a live page held is gone when it is closed, and no other visitor has to leave for that."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from tests.browser.page import metric, start
from tests.fakes import wait_for

# Read by Python when the server starts. Writes down, ten times a second, how many sessions of live
# pages are there, and lets the app look for left visits every second instead of every 15.
COUNTED = """
import os, sys, threading, time, weakref

path = os.environ["COUNT"]
there = weakref.WeakSet()

def watch():
    while not hasattr(sys.modules.get("app"), "app"):
        time.sleep(0.05)
    from fer.live.session import LiveSession as kind
    made = kind.__init__
    def init(self, *args, **kwargs):
        there.add(self)
        made(self, *args, **kwargs)
    kind.__init__ = init
    sys.modules["fer.web.lifespan"].LOOK_EVERY_S = 1.0
    while True:
        with open(path + ".draft", "w") as file:
            file.write(str(len(there)))
        os.replace(path + ".draft", path)
        time.sleep(0.1)

threading.Thread(target=watch, daemon=True).start()
"""


@pytest.fixture
def counted(tmp_path):
    """The app, and a function that returns how many sessions of live pages it holds."""
    (tmp_path / "sitecustomize.py").write_text(COUNTED)
    count = tmp_path / "count"
    environment = {
        "PYTHONPATH": str(tmp_path),
        "COUNT": str(count),
        "FER_CAMERA": "video",
        # Streamlit keeps a visit for two minutes after it was left. A page on a busy machine may
        # need some seconds to connect again, and must find its visit then.
        "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "5",
    }
    with stage.App(tmp_path / "log.txt", **environment) as app:
        yield app, lambda: int(count.read_text()) if count.exists() else None


def test_a_closed_live_page_leaves_nothing(browsers, visit, counted):
    app, sessions = counted
    wait_for(lambda: sessions() == 0)
    # What the first page has made until it is drawn is hidden from the garbage collector. So it
    # goes only where nothing holds it; what later pages make, the collector would find as well.
    page = visit(browsers("happy"), app.url)
    start(page)
    expect(metric(page, "Faces")).to_have_text("1")
    wait_for(lambda: sessions() == 1)
    page.context.close()
    wait_for(lambda: sessions() == 0)
