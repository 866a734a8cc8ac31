import pytest
from streamlit.testing.v1 import AppTest

from fer.settings import ROOT


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
