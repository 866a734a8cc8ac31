import logging

import pytest
from streamlit.testing.v1 import AppTest

import app
from fer.text import markdown
from fer.web import faults


def failing():
    from fer.web import faults

    try:
        raise KeyError("/srv/secret/place")
    except KeyError as error:
        faults.report(error)


def test_a_fault_is_a_sentence_with_a_number_and_the_log_has_the_rest(caplog):
    with caplog.at_level(logging.ERROR):
        page = AppTest.from_function(failing).run()
    (said,) = page.error
    reference = said.value.split("**")[1]
    assert "secret" not in said.value
    assert f"fault {reference}" in caplog.text
    assert "/srv/secret/place" in caplog.text
    assert not page.exception


def test_the_app_hands_what_goes_wrong_to_the_boundary():
    assert vars(app.app)["_on_script_error"] is faults.report


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/app/models/emotion.onnx cannot be read", "emotion.onnx cannot be read"),
        ("C:\\Users\\anna\\x.json is not JSON", "x.json is not JSON"),
        ("/a/b.onnx and /c/d.json: both", "b.onnx and d.json: both"),
        ("`python train.py` makes it, 20 frames/s or 3 km/h", None),
        ("see https://example.org/a/b", None),
        ("models/emotion.onnx", None),
    ],
)
def test_paths_of_the_server_are_not_shown(text, shown):
    assert faults.public(text) == (shown or text)


def test_a_message_is_shown_letter_by_letter():
    assert faults.in_markdown("/srv/up/a*b.csv: [x](y)") == markdown("a*b.csv: [x](y)")


def test_a_message_has_the_name_of_its_file_once():
    assert faults.named("a*b.mp4", "a*b.mp4 is empty.") == markdown("a*b.mp4 is empty.")
    assert faults.named("a.mp4", "The disk is full.") == f"{markdown('a.mp4')}: The disk is full\\."
