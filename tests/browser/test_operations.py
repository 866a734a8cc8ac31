"""The answers for whoever runs the app, while a real browser uses it."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.parts import stage
from fer.jobs.board import JobBoard
from fer.jobs.job import JobState, Options
from fer.web.operations import texts
from tests.browser.page import metric, start, stop
from tests.fakes import wait_for
from tests.footage import make_video

TOKEN = "a token for Prometheus"

# Read by Python when the server starts.
FAULT = """
import fer.model_card

def installed(*_):
    raise OverflowError("cannot do that")

fer.model_card.installed = installed
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """The app below a path, as a proxy serves it."""
    log = tmp_path_factory.mktemp("watched") / "log.txt"
    with stage.App(log, path="/mood", FER_METRICS_TOKEN=TOKEN) as app:
        yield app


def ask(app, path, token=""):
    """Returns the status and the text of an answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = urllib.request.urlopen(
            urllib.request.Request(app.url + path, headers=headers), timeout=60
        )
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode()


def figures(app):
    status, text = ask(app, "/metrics", TOKEN)
    assert status == 200
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_server_that_can_serve_says_so(watched):
    assert ask(watched, "/health/live") == (200, "alive\n")
    status, text = ask(watched, "/health/ready")
    assert status == 200
    checks = json.loads(text)["checks"]
    assert checks["models"] == checks["settings"] == checks["database"] == "ok"
    assert str(watched.results) not in text


def test_metrics_need_the_token(watched, app):
    assert ask(watched, "/metrics")[0] == 401
    assert ask(watched, "/metrics", "wrong")[0] == 401
    assert ask(app, "/metrics", "")[0] == 404


def test_metrics_follow_a_camera(watched, visit, browsers):
    before = figures(watched)
    assert before["mood_jobsdone"] == 0
    if os.path.exists("/proc"):
        assert before["process_resident_memory_bytes"] > 100e6
    page = visit(browsers("happy"), watched.url + "/")
    start(page)
    read = before["mood_readings_total"] + 3
    wait_for(lambda: figures(watched)["mood_readings_total"] > read, 60)
    now = figures(watched)
    assert now["mood_streams"] == 1
    assert now["mood_visits"] == 1
    assert 0 < now["mood_reading_delay_seconds"] < 30
    stop(page)
    wait_for(lambda: figures(watched)["mood_streams"] == 0, 60)


@pytest.fixture
def faulty(tmp_path):
    """An app with a page that fails, and with an analysis that lasts."""
    (tmp_path / "sitecustomize.py").write_text(FAULT)
    board = JobBoard(tmp_path / "results", lambda *_: None, running_at_once=0)
    video = make_video(tmp_path / "lecture.mp4", frames=20_000, fps=2)
    with video.open("rb") as data:
        board.start_upload("Physics *one*.mp4", data, Options(), owner="ann@school.org")
    board.hand_over()
    path = f"{tmp_path}:{stage.ROOT}"
    log = tmp_path / "log.txt"
    with stage.App(log, PYTHONPATH=path, FER_METRICS_TOKEN=TOKEN, FER_PASSWORD="sesame") as app:
        yield app, board


def test_an_operator_sees_what_the_metrics_say_and_ends_an_analysis(faulty, browsers):
    app, board = faulty
    page = browsers("empty").new_page()
    page.set_default_timeout(60_000)
    # Nobody else sees it, or may open it.
    page.goto(f"{app.url}/server")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name="Server")).to_have_count(0)
    page.goto(f"{app.url}/sign-in?next=model")
    page.get_by_label("Password").fill("sesame")
    page.get_by_role("button", name="Sign in").click()
    number = page.get_by_test_id("stAlert").locator("strong").inner_text()
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
    expect(page.get_by_text("database: sqlite")).to_be_visible()
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


def test_a_server_without_its_model_is_not_ready(tmp_path):
    with stage.App(tmp_path / "log.txt", FER_MODEL=str(tmp_path / "none.onnx")) as app:
        assert ask(app, "/health/live")[0] == 200
        status, text = ask(app, "/health/ready")
    assert status == 503
    assert json.loads(text)["checks"]["models"] == "problem"
    assert str(tmp_path) not in text


def test_health_needs_no_sign_in(guarded):
    assert ask(guarded, "/health/ready")[0] == 200
