"""The answers for whoever runs the app, while a real browser uses it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from benchmarks.parts import stage
from benchmarks.parts.visitor import Visitor
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options
from fer.web.operations import texts
from tests.browser.operator import TOKEN, ask, figures
from tests.browser.page import metric
from tests.footage import make_long_video

# Read by Python when the server starts.
FAULT = """
import fer.model_card

def installed(*_):
    raise OverflowError("/srv/secret cannot do that")

fer.model_card.installed = installed
"""


def test_a_server_that_can_serve_says_so(below_path):
    assert ask(below_path, "/health/live") == (200, "alive\n")
    status, text = ask(below_path, "/health/ready")
    assert status == 200
    checks = json.loads(text)["checks"]
    assert checks["models"] == checks["settings"] == checks["database"] == "ok"
    assert str(below_path.results) not in text


def test_metrics_need_the_token(below_path, app):
    assert ask(below_path, "/metrics")[0] == 401
    assert ask(below_path, "/metrics", "wrong")[0] == 401
    assert ask(app, "/metrics", "")[0] == 404


@pytest.fixture
def faulty(tmp_path):
    """An app with a page that fails, and with an analysis that lasts."""
    (tmp_path / "sitecustomize.py").write_text(FAULT)
    board = JobBoard(tmp_path / "results", lambda *_: None, running_at_once=0)
    with make_long_video(tmp_path / "lecture.mp4").open("rb") as data:
        board.start_upload("Physics *one*.mp4", data, Options(), owner="ann@school.org")
    board.hand_over()
    path = f"{tmp_path}:{stage.ROOT}"
    log = tmp_path / "log.txt"
    with stage.App(log, PYTHONPATH=path, FER_METRICS_TOKEN=TOKEN, FER_PASSWORD="sesame") as app:
        yield app, board


def test_an_operator_sees_the_fault_that_a_visitor_met_and_ends_an_analysis(faulty, browsers):
    app, board = faulty
    # Nobody else sees the page for operators, or may open it.
    with Visitor(app.url, "server") as stranger:
        assert "model" in stranger.pages
        assert "server" not in stranger.pages
        assert texts.END not in stranger.buttons

    # A fault is a sentence with a number; the log has the rest.
    page = browsers("empty").new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{app.url}/sign-in?next=model")
    page.get_by_label("Password").fill("sesame")
    page.get_by_role("button", name="Sign in").click()
    said = page.get_by_test_id("stAlert")
    expect(said).to_contain_text("Something went wrong in this app.")
    number = said.locator("strong").inner_text()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert "secret" not in page.content()
    assert f"fault {number}" in app.printed()
    assert "OverflowError: /srv/secret" in app.printed()

    # The page for operators lists it, and shows what the metrics say.
    page.get_by_role("link", name="Server").click()
    expect(page.get_by_role("cell", name=number, exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="(OverflowError)")).to_be_visible()
    now = figures(app)
    expect(metric(page, texts.FAULTS)).to_have_text("1")
    assert now["mood_faults_total"] == 1
    expect(metric(page, texts.ERRORS)).to_have_text(f"{now['mood_errors_total']:.0f}")
    expect(metric(page, texts.PAGES)).to_have_text("1")
    expect(metric(page, texts.DATABASE)).to_have_text(re.compile(r"^\d+ ms$"))
    expect(metric(page, texts.RUNNING)).to_have_text("1")
    expect(metric(page, texts.DELAY)).to_have_text(texts.UNKNOWN)
    expect(page.get_by_text("database: sqlite")).to_be_visible()

    # An analysis can be ended there.
    expect(page.get_by_text("Physics *one*.mp4 of ann@school.org, running")).to_be_visible()
    page.get_by_role("button", name=texts.END, exact=True).click()
    page.get_by_role("button", name=texts.END_ANSWER).click()
    expect(page.get_by_text(texts.NO_JOBS)).to_be_visible()
    expect(metric(page, texts.RUNNING)).to_have_text("0")
    assert [job.state for job in board.files.peek()] == [JobState.CANCELLED]
    page.close()


def test_a_server_whose_database_is_away_is_not_ready(tmp_path):
    nowhere = "postgresql://fer:hidden@127.0.0.1:1/mood"
    with stage.App(tmp_path / "log.txt", DATABASE_URL=nowhere, FER_METRICS_TOKEN=TOKEN) as app:
        status, text = ask(app, "/health/ready")
        assert figures(app)["mood_database_up"] == 0
    assert status == 503
    assert json.loads(text)["checks"]["database"] == "problem"
    assert "hidden" not in app.printed()


def test_health_needs_no_sign_in(guarded):
    assert ask(guarded, "/health/ready")[0] == 200
