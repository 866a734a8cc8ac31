"""Whether the server can serve, asked without a server."""

import json

import pytest

from fer.web.operations.health import live, ready
from fer.web.resources import settings
from tests.loops import run as run_alone


@pytest.fixture
def fresh(monkeypatch):
    """Lets a test set environment variables for the app."""
    settings.clear()
    yield monkeypatch
    settings.clear()


def test_a_server_without_its_model_is_alive_but_not_ready(fresh, tmp_path):
    fresh.setenv("FER_MODEL", str(tmp_path / "none.onnx"))
    assert run_alone(live(None)).status_code == 200
    answer = run_alone(ready(None))
    assert answer.status_code == 503
    said = json.loads(answer.body)
    assert said["ready"] is False
    assert said["checks"]["models"] == "problem"
    assert said["checks"]["settings"] == "ok"
    assert str(tmp_path) not in answer.body.decode()
