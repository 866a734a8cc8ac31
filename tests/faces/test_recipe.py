import json
import shutil

import pytest

from fer.emotions import EMOTIONS, KNOWN
from fer.errors import ModelError
from fer.faces.recipe import recipe
from fer.settings import ROOT

CLASSIFIER = ROOT / "models" / "emotion.onnx"


def test_what_the_cards_say_stands_in_the_recipe(bundled, classifier):
    whole = json.loads(json.dumps(recipe(CLASSIFIER)))
    assert whole["detector"]["score"] == bundled.score
    numbers = whole["classifier"]
    assert (numbers["temperature"], numbers["floor"]) == classifier.calibration
    assert numbers["preprocessing"] == classifier.card["preprocessing"]
    assert whole["state"]["abstain_below"] == classifier.abstain_below
    assert whole["crop"]["longest"] == 2 * classifier.input_side


def test_a_model_of_eight_labels_gives_eight_classes(tmp_path):
    path = tmp_path / "other.onnx"
    shutil.copy(CLASSIFIER, path)
    card = json.loads(CLASSIFIER.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(
        json.dumps(card | {"labels": ["contempt", *card["labels"]]})
    )
    whole = recipe(path)
    assert whole["emotions"] == KNOWN
    rows = whole["classifier"]["to_emotions"]
    assert len(rows) == 8
    assert rows[0] == [0, 0, 0, 0, 0, 0, 0, 1]
    assert recipe(CLASSIFIER)["emotions"] == EMOTIONS


def test_a_missing_card_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"nobody\.onnx"):
        recipe(tmp_path / "nobody.onnx")
