"""The answers for whoever runs the app, while a real browser uses it."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.parts import stage
from tests.browser.page import start, stop
from tests.fakes import wait_for

TOKEN = "a token for Prometheus"


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
    assert checks["models"] == checks["settings"] == "ok"
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


def test_a_server_without_its_model_is_not_ready(tmp_path):
    with stage.App(tmp_path / "log.txt", FER_MODEL=str(tmp_path / "none.onnx")) as app:
        assert ask(app, "/health/live")[0] == 200
        status, text = ask(app, "/health/ready")
    assert status == 503
    assert json.loads(text)["checks"]["models"] == "problem"
    assert str(tmp_path) not in text


def test_health_needs_no_sign_in_and_shows_nothing_else(tmp_path):
    with stage.App(tmp_path / "log.txt", FER_PASSWORD="open sesame") as app:
        assert ask(app, "/health/ready")[0] == 200
