"""Uploads to the running app: they are kept on disk, limited, and deleted when a visit ends."""

from __future__ import annotations

import os

import pytest

from benchmarks.parts import stage
from benchmarks.parts.visitor import Visitor
from fer.web.uploads.quota import STRANGERS
from tests.browser.page import PASSWORD
from tests.fakes import wait_for

SIZE = 60_000_000

# Read by Python when the server starts: lets it look for left visits every second instead of 15.
SOON = """
import fer.web.lifespan

fer.web.lifespan.LOOK_EVERY_S = 1.0
"""


@pytest.fixture(scope="module")
def most(tmp_path_factory):
    """How many bytes a visit may keep on the disk."""
    space = os.statvfs(tmp_path_factory.getbasetemp())
    return space.f_bavail * space.f_frsize // 4


@pytest.fixture(scope="module")
def app(tmp_path_factory, most):
    folder = tmp_path_factory.mktemp("app")
    (folder / "sitecustomize.py").write_text(SOON)
    settings = {
        "PYTHONPATH": f"{folder}:{stage.ROOT}",
        # Streamlit keeps a visit for two minutes after its page was closed.
        "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1",
        "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": str(most >> 19),
        "FER_PASSWORD": PASSWORD,
    }
    with stage.App(folder / "log.txt", **settings) as app:
        yield app


def stored(app):
    folder = app.results / ".uploads"
    return list(folder.iterdir()) if folder.exists() else []


def teacher(app, page="recording"):
    return Visitor(app.url, page, PASSWORD)


def test_uploads_lie_on_disk_and_go_when_their_visit_ends(app):
    with teacher(app) as visitor:
        before = app.resident_mb()
        assert [visitor.put(SIZE) for _ in range(2)] == [204, 204]
        assert app.resident_mb() - before < 20, "MB; the files have 120"
        assert [file.stat().st_size for file in stored(app)] == [SIZE, SIZE]
    wait_for(lambda: stored(app) == [])


def test_only_a_page_that_asked_for_files_gets_some(app):
    with teacher(app) as visitor, teacher(app, "") as other:
        assert visitor.put(1000) == 204
        assert visitor.put(1000, forged=True) == 403
        assert visitor.put(1000, visit="nobody") == 400
        assert other.put(1000) == 400
        # On the page where everybody may try a picture, nothing larger is taken.
        other.open("model")
        assert other.put(30 << 20) == 413


def test_a_visit_cannot_fill_the_disk(app, most):
    with teacher(app) as visitor:
        assert visitor.put(most + (1 << 30)) == 413
        assert visitor.put(1000) == 204


def test_strangers_fill_neither_the_disk_nor_the_memory(app):
    """Everybody may try a picture on the Model page, also without signing in."""
    picture = 19 << 20
    with (
        Visitor(app.url, "model") as one,
        Visitor(app.url, "model") as two,
        teacher(app, "model") as instructor,
    ):
        answers = [visitor.put(picture) for visitor in [one, two] * 7]
        assert answers == [204] * (STRANGERS // picture) + [413]
        assert instructor.put(picture) == 204
