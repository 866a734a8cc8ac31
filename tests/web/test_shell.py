import json
from dataclasses import asdict

import pytest
from streamlit.testing.v1 import AppTest

from fer.jobs import board as jobs
from fer.jobs.board import CANCELLED, Job
from fer.settings import ROOT
from fer.web.resources import settings


@pytest.mark.parametrize("page", ["live", "recording", "model"])
def test_every_page_asks_for_the_frame(page):
    # A bookmark opened first after a start runs the page without app.py.
    assert "frame.require(__file__)" in (ROOT / "pages" / f"{page}.py").read_text("utf-8")


def test_the_wanted_page_is_shown():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["wanted_page"] = "pages/model.py"
    app.run()
    assert not app.exception
    assert [title.value for title in app.title] == ["How far to trust the model"]
    assert "wanted_page" not in app.session_state


def test_the_address_keeps_its_query_on_the_way():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["wanted_page"] = "pages/recording.py"
    app.session_state["wanted_query"] = {"job": ["one", "two"]}
    app.run()
    assert not app.exception
    assert app.query_params["job"] == ["one", "two"]
    assert any("not on this server" in warning.value for warning in app.warning)


def test_what_an_earlier_process_left_is_deleted_whichever_page_is_opened(monkeypatch, tmp_path):
    upload = tmp_path / ("x" * 16) / "upload" / "lecture.mp4"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"half")
    job = Job("x" * 16, "lecture.mp4", str(upload), uploaded=True, state=CANCELLED)
    (upload.parents[1] / "job.json").write_text(json.dumps(asdict(job)))
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    settings.clear()
    AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not upload.exists()
    jobs._boards.clear()
    settings.clear()


def test_wrong_settings_are_told_by_the_page(monkeypatch):
    monkeypatch.setenv("FER_THREADS", "many")
    settings.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["notice_read"] = True
    app.run()
    settings.clear()
    assert not app.exception
    assert any("FER_THREADS" in error.value for error in app.error)
