from streamlit.testing.v1 import AppTest

from fer.settings import ROOT
from fer.text import markdown
from fer.web.resources import settings


def test_wrong_settings_are_told_by_the_page(monkeypatch):
    monkeypatch.setenv("FER_THREADS", "many")
    settings.clear()
    app = AppTest.from_file(str(ROOT / "fer" / "web" / "main.py"), default_timeout=60)
    app.session_state["notice_read"] = True
    app.run()
    settings.clear()
    assert not app.exception
    assert any(markdown("FER_THREADS") in error.value for error in app.error)
