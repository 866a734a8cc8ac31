"""Whether the server can serve, asked without a server."""

import json
import shutil

import pytest

from fer.network import card_of
from fer.settings import ROOT
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


def test_a_card_whose_prevalence_is_damaged_is_told(fresh, tmp_path):
    """It ended the answer, the page of a class and those of its students with an error."""
    model = tmp_path / "mine.onnx"
    shutil.copy(ROOT / "models" / "emotion.onnx", model)
    card = json.loads(card_of(ROOT / "models" / "emotion.onnx").read_text())
    card["prevalence"]["prior"] = [1.0]
    card_of(model).write_text(json.dumps(card))
    fresh.setenv("FER_MODEL", str(model))
    answer = run_alone(ready(None))
    assert answer.status_code == 503
    assert json.loads(answer.body)["checks"]["database"] == "problem"
