"""A network with eight classes, from its Keras file to the Model page and the reading of faces."""

from __future__ import annotations

import numpy as np
import pytest

import fer.training  # noqa: F401 - chooses Keras's backend, so it comes before Keras

keras = pytest.importorskip("keras", reason="converting needs requirements-train.txt")

from keras import layers

import evaluate
from fer.__main__ import main
from fer.charts.model_card import class_bars, confusion_matrix
from fer.emotions import AFFECTNET, CONTEMPT, EMOTIONS, KNOWN
from fer.faces.classify import EmotionClassifier
from fer.model_card import ModelCard
from tests.training.conftest import write_folder


@pytest.fixture
def converted(tmp_path):
    """An untrained network with AffectNet's eight classes, all equally likely for any face."""
    x = inputs = keras.Input((48, 48, 1))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, strides=4)(x))
    x = layers.Dense(8, activation="softmax", kernel_initializer="zeros")(x)
    keras.Model(inputs, x).save(tmp_path / "eight.keras")
    command = ["convert", str(tmp_path / "eight.keras"), "--labels", "affectnet"]
    assert main([*command, "--out", str(tmp_path / "eight")]) == 0
    return tmp_path / "eight" / "emotion.onnx"


def test_converting_names_all_eight_classes(capsys, converted):
    said = capsys.readouterr()
    assert "8 classes: neutral, happy, sad, surprise, fear, disgust, angry, contempt" in said.out
    assert "seven" not in said.err


def test_contempt_is_a_class_of_its_own(converted, face_sets, tmp_path):
    card = ModelCard.read(converted)
    assert card.data["labels"] == list(AFFECTNET)

    # Three faces of each of eight classes, to be measured on.
    private = face_sets["PrivateTest"]
    images = [*private.images, *private.images[:3, ::-1]]
    labels = [*(EMOTIONS[label] for label in private.labels), *[CONTEMPT] * 3]
    faces = list(zip(labels, images, strict=True))
    data = write_folder(tmp_path / "data", {"train": faces[::4], "test": faces})
    command = ["--data", str(data), "--model", str(converted), "--out", str(tmp_path / "out")]
    assert evaluate.main([*command, "--card", "--no-figures"]) == 0

    table = (tmp_path / "out" / "confusion_matrix.csv").read_text("utf-8")
    assert CONTEMPT in table.splitlines()[0]
    measured = ModelCard.read(converted).measured()
    assert measured is not None
    assert CONTEMPT in measured.labels
    at = measured.labels.index(CONTEMPT)
    assert measured.figures["per_class"]["faces"][at] == 3
    for figure in (
        confusion_matrix(measured.labels, measured.figures["confusion_matrix"]),
        class_bars(measured.labels, measured.figures["per_class"]),
    ):
        assert CONTEMPT in figure.to_json()


def test_the_app_does_not_take_contempt_for_disgust(converted):
    """An untrained network read disgust 25 %, and 12.5 % of everything else."""
    classifier = EmotionClassifier.load(converted)
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48), np.uint8)
    np.testing.assert_allclose(classifier.labels_probabilities(faces), 1 / 8, atol=1e-6)
    assert classifier.classes == KNOWN
    np.testing.assert_allclose(classifier.classify(faces), 1 / 8, atol=1e-6)
