"""Whether a network in ONNX answers as the Keras network that it was made from."""

from __future__ import annotations

import json

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.model_card import ModelCard
from fer.settings import ROOT
from fer.training.emotion import evaluation
from fer.training.emotion import parity as twin_parity
from fer.training.files import file_digest

pytestmark = pytest.mark.usefixtures("eager")


def other(model):
    """The same network with a higher logit for fear."""
    head = model.get_layer("emotion")
    head.set_weights([w + 1.0 * (np.arange(7) == 2) for w in head.get_weights()])
    return model


def test_other_weights_are_noticed(released, model, face_sets):
    twin = released.parent / "model.keras"
    other(model).save(twin)
    card = json.loads(released.with_suffix(".json").read_text())
    card["training"]["keras_sha256"] = file_digest(twin)
    classifier = EmotionClassifier(released, card)
    assert not twin_parity.parity(released, classifier, face_sets["PrivateTest"].images)["agrees"]


def test_a_network_trained_into_the_same_folder_is_no_twin(released, model, face_sets):
    other(model).save(released.parent / "model.keras")
    assert evaluation.evaluate(released, face_sets)["parity"] is None


def test_a_twin_that_does_not_run_leaves_a_gap(released, face_sets, monkeypatch, capsys):
    def broken(*how):
        raise ModelError("7 labels for 5 outputs")

    monkeypatch.setattr(evaluation, "parity", broken)
    assert evaluation.evaluate(released, face_sets)["parity"] is None
    assert "not compared with its Keras network: 7 labels" in capsys.readouterr().err


def test_the_shipped_network_has_its_keras_twin():
    shipped = ROOT / "models" / "emotion.onnx"
    twin = twin_parity.keras_twin(shipped, ModelCard.read(shipped).data)
    assert twin == ROOT / "models" / "mood" / "model.keras"
