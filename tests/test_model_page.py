import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.settings import ROOT


@pytest.fixture
def page():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["wanted_page"] = "pages/model.py"
    return app.run()


def png(picture):
    return cv2.imencode(".png", picture)[1].tobytes()


def test_the_card_is_shown_without_any_data_set(page):
    assert not page.exception
    assert {metric.label for metric in page.metric} >= {"Accuracy", "UAR", "ECE"}
    assert page.tabs[0].label == "Classes"


def test_a_portrait_is_read(page, astronaut):
    page.file_uploader(key="try").upload("portrait.png", png(astronaut), "image/png").run()
    assert not page.exception
    assert any("1 face" in caption.value for caption in page.caption)


def test_a_picture_without_a_face_is_read_whole(page):
    noise = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    page.file_uploader(key="try").upload("x.png", png(noise), "image/png").run()
    assert not page.exception
    assert any("whole picture" in info.value for info in page.info)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_what_is_no_picture_is_named(page, content):
    page.file_uploader(key="try").upload("bad.png", content, "image/png").run()
    assert not page.exception
    assert any("bad.png" in error.value for error in page.error)
