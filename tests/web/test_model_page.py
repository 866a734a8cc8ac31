import json
import shutil

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.emotions import AFFECTNET, EMOTIONS
from fer.model_card import SELECTION, VOTED, ModelCard
from fer.settings import ROOT
from fer.training import metrics
from fer.web.resources import settings
from tests.shown import as_shown

SHIPPED = ROOT / "models" / "emotion.onnx"


def visit():
    return AppTest.from_file(str(ROOT / "pages" / "model.py"), default_timeout=60).run()


@pytest.fixture
def page():
    return visit()


@pytest.fixture
def environment(monkeypatch):
    """Sets environment variables for the app, and removes them after the test."""
    settings.clear()
    yield monkeypatch.setenv
    settings.clear()


@pytest.fixture
def install(tmp_path, environment):
    """Puts the shipped network with another card into the settings."""

    def install(**changes):
        card = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8")) | changes
        card = {key: value for key, value in card.items() if value is not None}
        path = tmp_path / "other" / "emotion.onnx"
        path.parent.mkdir()
        shutil.copy(SHIPPED, path)
        path.with_suffix(".json").write_text(json.dumps(card))
        environment("FER_MODEL", str(path))
        return path

    return install


def measured(classes, faces):
    """Figures of a model that read `faces` faces of each class without an error."""
    scores = np.repeat(np.eye(classes), faces, axis=0)
    return metrics.summary(scores, scores.argmax(1))


def words(page):
    kinds = ("caption", "info", "error")
    return as_shown(" ".join(item.value for kind in kinds for item in page.get(kind)))


@pytest.mark.parametrize("labels", [AFFECTNET, sorted(EMOTIONS), ["happy", "sad"]], ids=len)
def test_a_model_of_other_classes_is_shown_with_its_own(install, labels):
    install(name="other", labels=list(labels), metrics={"public": measured(len(labels), 5)})
    page = visit()
    assert not page.exception
    assert f"Measured on {SELECTION} ({5 * len(labels)} faces)" in words(page)
    spec = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert spec["data"][0]["x"] == list(labels)
    assert page.metric[0].value == "100.0%"


def test_figures_of_other_faces_are_not_subtracted(install):
    install(name="other", metrics={"labels": list(EMOTIONS), "private": measured(7, 5)})
    page = visit()
    page.selectbox(key="other").set_value(ModelCard.read(SHIPPED)).run()
    assert not page.exception
    assert f"mood was measured on other faces ({VOTED}, 3,350 of 7 classes)" in words(page)
    assert [item.delta for item in page.metric] == [""] * 6


def test_a_model_without_figures_or_origin_says_how_to_get_them(install):
    path = install(name="other", metrics={}, data=None, training={"converted_from": "old.h5"})
    page = visit()
    assert not page.exception
    said = words(page)
    assert "--model emotion.onnx --card" in said
    assert str(path.parent) not in said
    assert "says nothing of the faces" in said
    assert any("old.h5" in text.value for text in page.markdown)
    page.selectbox(key="other").set_value(ModelCard.read(SHIPPED)).run()
    assert not page.exception


def test_a_broken_network_is_named_when_it_is_tried(install, astronaut):
    path = install(name="other")
    path.write_bytes(path.read_bytes()[:5000])
    page = visit()
    page.file_uploader(key="try").upload("portrait.png", png(astronaut), "image/png").run()
    assert not page.exception
    assert "other (other/) cannot be used" in words(page)


@pytest.mark.parametrize(
    "changes",
    [
        {"size": {"parameters": "many"}},
        {"metrics": {"private": {"confusion_matrix": [[1]]}}},
        {"metrics": []},
        {"shares": {"tv_250": "few"}},
        {"data": "faces"},
        {"training": {"curves": [{"epoch": None}]}},
        {"abstain_below": float("inf")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_card_that_cannot_be_shown_is_named(install, changes):
    path = install(name="other", **changes)
    page = visit()
    assert not page.exception
    (said,) = [as_shown(error.value) for error in page.error]
    assert "The model of the settings cannot be shown: emotion.json" in said
    assert str(path.parent) not in said
    assert page.metric  # of the model that comes with the app


def test_wrong_settings_are_told(environment):
    environment("FER_THREADS", "many")
    page = visit()
    assert not page.exception
    assert "FER_THREADS" in words(page)


def test_a_flat_picture_is_shown(page):
    flat = np.zeros((1, 8192, 3), np.uint8)
    page.file_uploader(key="try").upload("flat.png", png(flat), "image/png").run()
    assert not page.exception
    assert "whole picture" in words(page)


def png(picture):
    return cv2.imencode(".png", picture)[1].tobytes()


def test_a_plain_verdict_comes_first(page, install):
    (said,) = [text.value for text in page.markdown if "in 10 single faces" in text.value]
    # 85 % are not nine in ten.
    assert "**At least 8 in 10 single faces are read as most of ten people would say**" in said
    # The number beneath says the same.
    (accuracy,) = [metric.value for metric in page.metric if metric.label == "Accuracy"]
    assert f"({float(accuracy.rstrip('%')):.0f}%; faces on which" in said
    assert "not in classrooms" in said
    shares = ModelCard.read(SHIPPED).data["shares"]
    points = [round(100 * shares[name]) for name in ("tv_250", "tv_25")]
    assert f"within about {points[0]} points" in said
    assert f"within {points[1]} for a single look" in said
    assert f"within about {100 * shares['wild_tv_neutral80']:.0f} points." in said
    install(name="other", metrics={})
    assert any("Nobody has measured" in text.value for text in visit().markdown)


def test_a_model_whose_shares_nobody_measured_says_so(install):
    install(name="other", shares=None)
    (said,) = [text.value for text in visit().markdown if "in 10 single faces" in text.value]
    assert "Nobody has measured how right the shares of a class are" in said


def test_the_reading_comes_first_and_the_other_head_is_named(page):
    said = words(page)
    assert f"Measured on {VOTED} (3,350 faces)" in said
    assert "of the neutral faces among them are read as angry, disgusted, afraid or sad" in said
    assert "by those labels it is right on 70.7%" in said.lower()
    assert "90% right among the faces answered" in said


def test_the_card_is_shown_without_any_data_set(page):
    assert not page.exception
    assert {metric.label for metric in page.metric} >= {"Accuracy", "UAR", "ECE"}
    assert page.tabs[0].label == "Classes"


def test_no_toolbar_lies_over_a_legend(page):
    charts = page.get("plotly_chart")
    assert len(charts) == 6
    assert {json.loads(chart.proto.config)["displayModeBar"] for chart in charts} == {False}


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
    assert any("bad.png" in as_shown(error.value) for error in page.error)
