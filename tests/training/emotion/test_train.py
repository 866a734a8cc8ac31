"""`python train.py` from end to end."""

from __future__ import annotations

import argparse
import functools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.faces.classify import EmotionClassifier, calibrated
from fer.training.emotion import arguments as emotion_arguments
from fer.training.emotion import fit, networks
from fer.training.emotion import release as emotion_release
from fer.training.emotion import train as emotion
from fer.training.emotion.face_set import FaceSet
from fer.training.emotion.inputs import INPUTS
from fer.training.files import DataError, file_digest
from tests.training.conftest import TINY, face

pytestmark = pytest.mark.usefixtures("eager")

RELEASED = ("model.keras", "emotion.onnx", "emotion.json")


def arguments(*command) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    emotion_arguments.add_arguments(parser)
    return parser.parse_args([str(word) for word in command])


@pytest.fixture
def command(fer2013, tmp_path, monkeypatch) -> list:
    """The arguments of a training that is quick because its network `mood` is tiny."""
    monkeypatch.setattr(networks, "mood", functools.partial(networks.mood, **TINY))
    return ["--data", fer2013, "--batch", 56, "--out", tmp_path / "mood"]


@pytest.mark.parametrize("name", ["Resnet50", "resnet50", "ResNet50"])
def test_a_network_is_named_in_any_spelling(name):
    assert arguments("--data", "x", "--model", name).model == "ResNet50"


def test_a_network_learns_the_classes_that_have_faces(face_sets):
    """CK+, for example, has no neutral faces; a network with that class would claim to know it."""
    sets = {
        usage: replace(
            part.take(part.labels != 6),
            labels=part.labels[part.labels != 6],
            classes=(*part.classes, "contempt"),
        )
        for usage, part in face_sets.items()
    }
    training = sets["Training"]
    contempt = np.where(np.arange(len(training)) % 12 == 0, 7, training.labels)
    sets["Training"] = replace(training, labels=contempt)
    faces, selection, _ = emotion.split(sets, Path("ck.zip"))
    assert faces.classes == selection.classes
    assert faces.classes == ("angry", "disgust", "fear", "happy", "sad", "surprise", "contempt")
    assert faces.counts()["contempt"] == (contempt == 7).sum()


def test_data_without_faces_to_train_on_say_what_there_is(face_sets):
    with pytest.raises(
        DataError, match=r"test\.zip: no faces to train on; found PrivateTest: 21 f"
    ):
        emotion.split({"PrivateTest": face_sets["PrivateTest"]}, Path("test.zip"))
    happy = {usage: part.take(part.labels == 3) for usage, part in face_sets.items()}
    with pytest.raises(DataError, match=r"fewer than two classes .* Training: 8 faces \(happy 8\)"):
        emotion.split(happy, Path("happy.zip"))


def test_what_is_not_given_follows_the_network():
    plain = emotion.fit_settings(arguments("--data", "x"))
    assert (plain.epochs, plain.optimizer, plain.rate) == (60, "sgd", 0.1)
    other = emotion.fit_settings(arguments("--data", "x", "--model", "MobileNet"))
    assert (other.epochs, other.optimizer, other.rate) == (30, "adam", 1e-3)
    given = ["--data", "x", "--epochs", 7, "--optimizer", "adam", "--rate", 0.02]
    asked = emotion.fit_settings(arguments(*given))
    assert (asked.epochs, asked.optimizer, asked.rate) == (7, "adam", 0.02)


def test_a_network_is_trained_on_in_its_own_folder(command, tmp_path, capsys):
    out = tmp_path / "mood"
    emotion.run(arguments(*command, "--epochs", 1))
    before = {name: file_digest(out / name) for name in RELEASED}
    again = [*command, "--epochs", 2, "--weights", out / "model.keras"]
    emotion.run(arguments(*again, "--hours", 0, "--restart"))
    assert "the same command continues" in capsys.readouterr().out
    assert {name: file_digest(out / name) for name in RELEASED} == before
    assert len((out / "log.csv").read_text().splitlines()) == 2
    emotion.run(arguments(*again, "--keep", 0.5))
    assert "the same command continues" not in capsys.readouterr().out
    assert json.loads((out / "emotion.json").read_text())["training"]["epochs"] == 2
    assert not set(before.values()) & {file_digest(out / name) for name in RELEASED}
    with pytest.raises(DataError, match=r"\(start weights\); that training has ended; --restart"):
        emotion.run(arguments(*again))


def test_without_weights_nothing_can_be_frozen(command):
    with pytest.raises(DataError, match=r"--freeze needs --weights"):
        emotion.run(arguments(*command, "--freeze"))


def test_without_weights_there_is_nothing_to_keep(command):
    with pytest.raises(DataError, match=r"--keep needs the file of --weights"):
        emotion.run(arguments(*command, "--keep", 0.5))


def test_a_training_that_diverges_leaves_its_best_network(command, tmp_path, monkeypatch, capsys):
    usual = fit.Batches.__getitem__

    def batch(self, index):
        faces, targets, weights = usual(self, index)
        return (faces * np.nan if self._epoch else faces), targets, weights

    monkeypatch.setattr(fit.Batches, "__getitem__", batch)
    emotion.run(arguments(*command, "--epochs", 2))
    said = capsys.readouterr().out
    assert "diverged in epoch 2; lower --rate\n" in said
    assert "the same command continues" not in said
    card = json.loads((tmp_path / "mood" / "emotion.json").read_text())
    assert [record["epoch"] for record in card["training"]["curves"]] == [1]
    EmotionClassifier.load(tmp_path / "mood" / "emotion.onnx")


def test_a_release_that_fails_leaves_what_was_there(command, tmp_path, monkeypatch):
    out = tmp_path / "mood"
    out.mkdir()
    for name in RELEASED:
        (out / name).write_text("of an earlier training")

    def fails(*how):
        raise OSError("no space left on device")

    monkeypatch.setattr(emotion_release.export, "write_onnx", fails)
    with pytest.raises(OSError, match="no space left"):
        emotion.run(arguments(*command, "--epochs", 1))
    assert {(out / name).read_text() for name in RELEASED} == {"of an earlier training"}
    assert not list(tmp_path.rglob(".release-*"))


def test_a_slip_in_the_command_does_not_forget_a_training(command, tmp_path):
    emotion.run(arguments(*command, "--epochs", 2, "--hours", 0))
    checkpoint = tmp_path / "mood" / "checkpoints" / "checkpoint.npz"
    with pytest.raises(DataError, match="no such file"):
        emotion.run(arguments(*command, "--restart", "--weights", tmp_path / "nowhere.keras"))
    assert checkpoint.is_file()


def test_a_network_of_keras_applications_is_released(tmp_path):
    """The smallest network, without training: one step would take longer than the whole test."""
    takes = INPUTS["MobileNet"]
    faces = np.stack([face(label, label, 224) for label in (0, 1, 0, 1)])
    faces = np.stack([faces, faces // 2, faces // 3], axis=-1)
    selection = FaceSet(faces, np.arange(4) % 2, np.full(4, -1), ("angry", "disgust"))
    model = networks.build("MobileNet", 2)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # or the maps would fade to nothing, and all answers were alike
    model(faces.astype(np.float32), training=True)
    emotion_release.release(model, takes, selection, tmp_path, "MobileNet", {}, {}, faces)
    classifier = EmotionClassifier.load(tmp_path / "emotion.onnx")
    exact = np.log(fit.predict(model, faces, takes)["emotion"].astype(np.float64))
    read = classifier.labels_probabilities(faces)
    np.testing.assert_allclose(read, calibrated(exact, *classifier.calibration), atol=1e-4)
    assert np.abs(read[0] - read[1]).max() > 1e-3


def test_a_finished_network_is_released_anew_without_training(command, tmp_path, monkeypatch):
    out = tmp_path / "mood"
    emotion.run(arguments(*command, "--epochs", 1))
    card = json.loads((out / "emotion.json").read_text())
    monkeypatch.setattr(fit, "train", None)
    again = [*command, "--weights", out / "model.keras", "--release"]
    emotion.run(arguments(*again))
    anew = json.loads((out / "emotion.json").read_text())
    for name in ("command", "curves", "keras_sha256"):
        assert anew["training"][name] == card["training"][name]
    assert file_digest(out / "model.keras") == card["training"]["keras_sha256"]
    (out / "emotion.json").unlink()
    with pytest.raises(DataError, match="the card of its training"):
        emotion.run(arguments(*again))
    with pytest.raises(DataError, match="--weights"):
        emotion.run(arguments(*command, "--release"))


def test_training_leaves_everything(command, fer2013, tmp_path):
    out, command = tmp_path / "mood", [*command, "--epochs", 2]
    assert emotion.run(arguments(*command)) == 0
    names = {file.name for file in out.iterdir()}
    assert {
        "model.keras",
        "model.json",
        "model.weights.h5",
        "emotion.onnx",
        "emotion.json",
        "log.csv",
        "curves.png",
    } <= names
    card = json.loads((out / "emotion.json").read_text())
    assert card["training"]["epochs"] == 2
    assert card["training"]["faces"] == 56
    assert card["training"]["votes"]
    assert card["data"]["sources"] == ["fer2013.csv", emotion_release.FERPLUS]
    assert len(card["training"]["curves"]) == 2
    with pytest.raises(DataError, match="other settings"):
        emotion.run(arguments(*command, "--rate", "0.5"))
    few = [*command, "--restart", "--validation", "0.02"]
    with pytest.raises(DataError, match="56 faces to train on, 0 to select by"):
        emotion.run(arguments(*few))
    # Each face lies in the training part twice, so that any split tears pairs apart.
    table = fer2013.read_text().splitlines()
    training = [row for row in table if row.endswith(",Training")]
    fer2013.write_text("\n".join([table[0], *training, *training]) + "\n")
    fer2013.with_name("ferplus_votes.csv").unlink()
    five = [*command, "--restart", "--classes", "five", "--validation", "0.25"]
    assert emotion.run(arguments(*five)) == 0
    card = json.loads((out / "emotion.json").read_text())
    assert len(card["labels"]) == 5
    facts = card["training"]
    assert facts["duplicates_removed"] > 0
    assert facts["faces"] + facts["selection_faces"] + facts["duplicates_removed"] == 80
