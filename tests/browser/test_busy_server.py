"""A server that is too busy to send at once what a page draws."""

import pytest
from playwright.sync_api import expect

from benchmarks import _stage as stage
from tests.browser.page import metric, start

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
        page.wait_for_timeout(700)
        expect(metric(page, "Faces")).to_have_text("1")
    assert not errors
