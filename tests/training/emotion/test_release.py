"""What a trained network becomes: the files that the app runs, their readings and their card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.faces.classify import EmotionClassifier, calibrated
from fer.network import read_card
from fer.settings import ROOT
from fer.training import export
from fer.training.emotion import evaluation
from fer.training.emotion import release as emotion_release
from fer.training.emotion.inputs import INPUTS
from fer.training.emotion.votes import VOTE_OF_EMOTION

pytestmark = pytest.mark.usefixtures("eager")


def test_released_model_runs_in_the_app(released, face_sets):
    classifier = EmotionClassifier.load(released)
    images = list(face_sets["PublicTest"].images)
    probabilities = classifier.classify(images)
    assert probabilities.shape == (21, 7)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(probabilities[:5], classifier.classify(images[:5]), atol=1e-5)


def test_a_mirrored_face_reads_the_same(released, face_sets):
    card = read_card(released)
    assert card["mirror_below"] == emotion_release.MIRROR_BELOW
    classifier = EmotionClassifier(released, card | {"mirror_below": 1})
    images = face_sets["PublicTest"].images
    np.testing.assert_allclose(
        classifier.classify(list(images)),
        classifier.classify(list(np.ascontiguousarray(images[:, :, ::-1]))),
        atol=1e-5,
    )


def test_a_network_that_learned_votes_is_read_by_them(released, face_sets):
    classifier = EmotionClassifier.load(released)
    assert classifier.heads == export.HEADS
    images = face_sets["PublicTest"].images
    share = classifier.card["training"]["vote_share"]
    reading, emotion, votes = classifier.outputs(images)
    mixed = (1 - share) * emotion + share * votes[:, list(VOTE_OF_EMOTION)]
    assert np.abs(reading - mixed).mean() < 0.02 * np.ptp(mixed)
    # The other head keeps a calibration of its own, for FER2013's labels.
    usual = classifier.card["fer2013"]
    expected = calibrated(emotion, usual["temperature"], usual["floor"])
    np.testing.assert_allclose(evaluation.fer2013_answers(classifier, images), expected)


def test_without_votes_there_is_one_calibration(model, face_sets, tmp_path):
    public = replace(face_sets["PublicTest"], votes=None)
    emotion_release.release(model, INPUTS["mood"], public, tmp_path, "tiny", {}, {}, public.images)
    classifier = EmotionClassifier.load(tmp_path / "emotion.onnx")
    assert classifier.heads == ()
    assert "fer2013" not in classifier.card
    images = public.images[:3]
    np.testing.assert_array_equal(
        evaluation.fer2013_answers(classifier, images), classifier.classify(images)
    )


def test_the_shipped_reading_comes_from_the_votes(face_sets):
    """FER2013's labels call many neutral faces sad or angry, so their head is not what is shown."""
    shipped = EmotionClassifier.load(ROOT / "models" / "emotion.onnx")
    assert shipped.card["training"]["vote_share"] == 1
    reading, _, votes = shipped.outputs(face_sets["PublicTest"].images)
    expected = votes[:, list(VOTE_OF_EMOTION)]
    assert np.abs(reading - expected).mean() < 0.02 * np.ptp(expected)
    found = shipped.card["metrics"]["reading"]["private"]
    assert found["neutral_read_negative_by_labels"] < 0.06


@pytest.mark.parametrize("votes", [False, True])
def test_a_card_names_the_data_that_were_learned(face_sets, votes):
    whole = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}
    parts = {usage: face_sets[usage].take(np.zeros(n, int)) for usage, n in whole.items()}
    known = emotion_release.about(Path("a/faces.zip"), parts, votes)
    assert known["sources"][0].startswith("FER2013")
    assert known["licence"].startswith("FER2013: research use")
    assert ("FER+" in str(known)) == votes
    own = emotion_release.about(Path("a/faces.zip"), face_sets, votes)
    assert own["sources"][0] == "faces.zip"
    assert "FER2013" not in str(own)
    assert ("FER+" in str(own)) == votes
