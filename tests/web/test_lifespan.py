import json
import subprocess
import sys
from dataclasses import asdict

import pytest
import streamlit as st

from fer.jobs.job import Job, JobState
from fer.settings import ROOT
from fer.web.lifespan import address, lifespan
from fer.web.resources import job_board, settings
from tests.loops import run as run_alone


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Fresh settings and jobs, as in a new process, with an empty results folder."""
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    settings.clear()
    yield tmp_path
    job_board().close()
    settings.clear()


def begin() -> None:
    async def run():
        async with lifespan(None):
            pass

    run_alone(run())


def test_what_an_earlier_process_left_is_deleted_before_the_first_page(fresh, capsys):
    upload = fresh / ("x" * 16) / "upload" / "lecture.mp4"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"half")
    job = Job("x" * 16, "lecture.mp4", str(upload), uploaded=True, state=JobState.CANCELLED)
    (upload.parents[1] / "job.json").write_text(json.dumps(asdict(job)))
    begin()
    assert not upload.exists()
    assert address() in capsys.readouterr().out


def test_wrong_settings_do_not_keep_the_app_from_starting(monkeypatch):
    monkeypatch.setenv("FER_THREADS", "many")
    settings.clear()
    begin()
    settings.clear()


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "http://localhost:8501/"),
        ({"server.address": "0.0.0.0", "server.port": 80}, "http://localhost:80/"),
        (
            {"server.address": "10.0.0.7", "server.baseUrlPath": "/mood/"},
            "http://10.0.0.7:8501/mood",
        ),
        ({"server.sslCertFile": "cert.pem"}, "https://localhost:8501/"),
    ],
)
def test_the_address_for_a_browser(options, shown, monkeypatch):
    known = {"server.port": 8501} | options
    monkeypatch.setattr(st, "get_option", known.get)
    assert address() == shown


def test_nothing_that_is_loaded_ahead_declares_a_component_or_asks_for_a_cache():
    """Streamlit would not serve its files: the live page had neither charts nor a camera. And it
    has no caches before its runtime exists, about which it would warn at the start."""
    script = """
import importlib
import sys
import types
import fer.web.lifespan
fer.web.resources.ice
import streamlit.components.v1 as components
from fer.web.lifespan import AHEAD

declared = []

def note(name, *args, **kwargs):
    declared.append(name)
    return types.SimpleNamespace(name=name)

components.declare_component = note
for name in AHEAD:
    importlib.import_module(name)
assert not declared, declared
print("-- a page --", file=sys.stderr)
importlib.import_module("fer.web.live.picture")
assert "plotly" in declared, declared
"""
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert "No runtime found" not in result.stderr.split("-- a page --")[0]
