"""What `evaluate.py` measures: its figures, and the faces on which it measures them."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.emotions import EMOTIONS
from fer.faces.classify import EmotionClassifier
from fer.model_card import ModelCard
from fer.training import metrics, pixels
from fer.training.emotion import evaluation, evaluation_arguments, networks, tables
from fer.training.emotion import release as emotion_release
from fer.training.emotion.inputs import INPUTS, Input
from fer.training.files import DataError
from tests.training.conftest import write_folder

pytestmark = pytest.mark.usefixtures("eager")


def test_evaluation_has_all_figures_and_agrees_with_keras(released, face_sets):
    result = evaluation.evaluate(released, face_sets)
    for key in (
        "private_accuracy",
        "private_accuracy_no_duplicates",
        "public_accuracy",
        "ferplus_accuracy",
        "uar",
        "macro_f1",
        "ece",
        "parameters",
        "mmacs",
        "model_mb",
        "ms_per_face",
    ):
        assert isinstance(result[key], (int, float)), key
    assert result["parity"]["agrees"]
    assert result["parity"]["rounding"]["same_answer"] > 0.9
    assert result["ferplus"]["head"] == "votes"
    assert result["ferplus"]["faces"] == 21
    assert np.sum(result["private"]["confusion_matrix"]) == 21
    assert [len(rows) for rows in result["robustness"].values()] == [3] * 7
    assert result["reading"]["private"]["faces"] == 21
    assert result["reading_accuracy"] == result["reading"]["private"]["accuracy"]
    card = json.loads(released.with_suffix(".json").read_text())
    assert result["parameters"] == card["size"]["parameters"]
    assert result["mmacs"] == card["size"]["mmacs"]


def test_the_reading_is_measured_by_the_votes(face_sets):
    faces = face_sets["PrivateTest"]
    voted = np.eye(7)[faces.labels]
    wrong = replace(faces, labels=(faces.labels + 1) % 7)
    found = evaluation.reading_figures(voted, wrong)
    assert found["accuracy"] == 1
    assert found["neutral_read_negative_by_votes"] == 0
    assert found["neutral_read_negative_by_labels"] == 0  # angry became disgust, surprise neutral
    assert evaluation.reading_figures(voted, replace(faces, votes=None)) is None
    unknown = np.zeros_like(faces.votes)
    assert evaluation.reading_figures(voted, replace(faces, votes=unknown)) is None


def test_votes_that_say_little_give_no_figure_instead_of_none_at_all(released, face_sets):
    faces = face_sets["PrivateTest"]
    classifier = EmotionClassifier.load(released)
    probabilities = classifier.classify(faces.images)
    split = np.tile(np.float32([4, 2, 2, 3, 0, 0, 0, 0, 0, 0]), (len(faces), 1))
    found = evaluation.ferplus_figures(classifier, replace(faces, votes=split), probabilities)
    assert found["faces"] == 21
    assert found["clear_accuracy"] is None
    unknown = np.tile(np.float32([0] * 8 + [10, 0]), (len(faces), 1))
    assert (
        evaluation.ferplus_figures(classifier, replace(faces, votes=unknown), probabilities) is None
    )


def test_duplicates_are_left_out(released, face_sets):
    face_sets["Training"].images[:4] = face_sets["PrivateTest"].images[0]
    result = evaluation.evaluate(released, face_sets)
    assert result["private_no_duplicates"]["faces"] == 20


@pytest.fixture
def with_contempt(face_sets):
    """The faces without votes; those that were happy are of an eighth class, contempt."""
    return {
        usage: replace(
            part,
            votes=None,
            classes=(*EMOTIONS, "contempt"),
            labels=np.where(part.labels == 3, 7, part.labels),
        )
        for usage, part in face_sets.items()
    }


def test_contempt_is_left_out_for_a_network_that_does_not_know_it(released, with_contempt, capsys):
    result = evaluation.evaluate(released, with_contempt)
    assert result["labels"] == list(EMOTIONS)
    assert result["private"]["per_class"]["faces"] == [3, 3, 3, 0, 3, 3, 3]
    assert "3 faces of PrivateTest are left out" in capsys.readouterr().err


def test_contempt_is_a_class_of_its_own_for_a_network_that_knows_it(tmp_path, with_contempt):
    keras.utils.set_random_seed(3)
    model = networks.mood(8, 0, widths=(4, 6, 8), blocks=(1, 1, 1))
    head = model.get_layer("emotion")
    head.set_weights([w + 5.0 * (np.arange(8) == 7) for w in head.get_weights()])
    public, images = with_contempt["PublicTest"], with_contempt["Training"].images
    emotion_release.release(model, INPUTS["mood"], public, tmp_path, "tiny", {}, {}, images)
    result = evaluation.evaluate(tmp_path / "emotion.onnx", with_contempt)
    assert result["labels"] == [*EMOTIONS, "contempt"]
    matrix = np.array(result["private"]["confusion_matrix"])
    assert matrix.shape == (8, 8)
    assert matrix[7, 7] == 3  # it takes all faces for contempt, and for those it is right
    assert result["private_accuracy"] == result["answered_accuracy"] == pytest.approx(3 / 21)
    for rows in result["robustness"].values():
        assert max(row["accuracy"] for row in rows) == pytest.approx(3 / 21)
    assert "contempt" in tables.figures({"tiny": result})


@pytest.mark.parametrize(
    ("usages", "tested", "said"),
    [
        (("Training", "PublicTest"), "public", "Measured on the validation faces"),
        (("Training",), "training", "Measured on the training faces"),
        (("PrivateTest",), "private", ""),
    ],
)
def test_without_a_test_part_it_is_measured_on_what_there_is(
    released, tmp_path, face_sets, capsys, usages, tested, said
):
    folders = {"Training": "train", "PublicTest": "valid", "PrivateTest": "test"}
    root = write_folder(
        tmp_path / "faces",
        {
            folders[usage]: [
                (EMOTIONS[label], image)
                for image, label in zip(
                    face_sets[usage].images, face_sets[usage].labels, strict=True
                )
            ]
            for usage in usages
        },
    )
    parser = argparse.ArgumentParser()
    evaluation_arguments.add_arguments(parser)
    common = ["--data", str(root), "--out", str(tmp_path / "out"), "--model", str(released)]
    assert evaluation.run(parser.parse_args([*common, "--card"])) == 0
    printed = capsys.readouterr()
    assert said in printed.err
    assert bool(said) == ("so the figures" in printed.err or "say nothing" in printed.err)
    assert f"{tested}_accuracy" in printed.out
    ModelCard.read(released)
    card = json.loads(released.with_suffix(".json").read_text())
    assert card["metrics"]["tested_on"] == tested
    assert card["metrics"][tested]["faces"] == sum(len(face_sets[usage]) for usage in usages[-1:])


def test_test_faces_that_are_all_known_leave_a_gap_in_the_figures(released, face_sets):
    result = evaluation.evaluate(released, face_sets | {"Training": face_sets["PrivateTest"]})
    assert result["private_no_duplicates"] is None
    assert result["private_accuracy_no_duplicates"] is None
    assert result["private"]["faces"] == 21


def test_a_set_without_the_network_s_classes_is_refused(released, face_sets):
    none = face_sets["PrivateTest"].take(np.zeros(21, bool))
    with pytest.raises(DataError, match=r"no faces in PrivateTest .* found Training: 56 faces"):
        evaluation.evaluate(released, face_sets | {"PrivateTest": none})


def test_each_network_gets_the_faces_that_it_takes(
    released, fer2013, face_sets, tmp_path, monkeypatch
):
    """One takes 48 px in grey, two take 96 px in colour; all read the same faces."""
    inputs = keras.Input((96, 96, 3), name="face")
    x = keras.layers.AveragePooling2D(16)(inputs)
    head = keras.layers.Dense(7, name="emotion")(keras.layers.Flatten()(x))
    takes = Input(96, "rgb", pixels.ZERO_TO_ONE)
    paths = [released]
    for name in ("large", "larger"):
        folder = tmp_path / name
        folder.mkdir()
        model, public = keras.Model(inputs, {"emotion": head}), face_sets["PublicTest"]
        emotion_release.release(model, takes, public, folder, name, {}, {}, public.images)
        paths.append(folder / "emotion.onnx")
    asked, usual = [], evaluation.read
    monkeypatch.setattr(evaluation, "read", lambda *how: asked.append(how[2:]) or usual(*how))
    results = evaluation.compare(paths, fer2013)
    assert asked == [(48, False), (96, True)]
    for path, (size, colour) in zip(paths, [(48, False), (96, True), (96, True)], strict=True):
        result = results[evaluation.model_names(paths)[paths.index(path)]]
        private = usual(fer2013, None, size, colour)["PrivateTest"]
        found = EmotionClassifier.load(path).classify(private.images)
        assert result["private_accuracy"] == metrics.accuracy(found, private.labels)
        assert result["parity"]["agrees"]


def test_models_of_the_same_name_are_told_apart():
    paths = [Path(p) for p in ("old/mood/emotion.onnx", "/new/mood/emotion.onnx", "x/other.onnx")]
    assert evaluation.model_names(paths) == ["old_mood", "new_mood", "other"]


def test_command_line(released, fer2013, tmp_path, capsys):
    parser = argparse.ArgumentParser()
    evaluation_arguments.add_arguments(parser)
    out = tmp_path / "out"
    common = ["--data", str(fer2013), "--out", str(out)]
    assert (
        evaluation.run(parser.parse_args([*common, "--model", str(released), "--card", "--json"]))
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    card = json.loads(released.with_suffix(".json").read_text())
    assert card["metrics"]["private_accuracy"] == result["private_accuracy"]
    names = {file.name for file in out.iterdir()}
    assert {
        "confusion_matrix.txt",
        "confusion_matrix.csv",
        "confusion_matrix.html",
        "confusion_matrix.png",
        "reliability.html",
        "robustness.png",
    } <= names
    EmotionClassifier.load(released)

    second = tmp_path / "second.onnx"
    second.write_bytes(released.read_bytes())
    second.with_suffix(".json").write_text(released.with_suffix(".json").read_text())
    both = [*common, "--model", str(released), str(second), "--no-figures"]
    assert evaluation.run(parser.parse_args(both)) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert rows["test_loss"] == [f"{result['private']['loss']:.4f}"] * 2
    assert rows["macro_precision"] == [f"{result['private']['macro_precision']:.4f}"] * 2
    by_class = lines.index(next(line for line in lines if line.startswith("second by class")))
    assert lines[by_class].split()[-4:] == ["precision", "recall", "f1", "faces"]
    rates = result["private"]["per_class"]
    expected = [f"{rates[key][0]:.4f}" for key in ("precision", "recall", "f1")]
    assert lines[by_class + 1].split() == ["angry", *expected, "3"]
    assert lines[by_class + 8].split()[2] == f"{result['uar']:.4f}"


def test_missing_model_is_one_clear_line(fer2013, tmp_path, capsys):
    parser = argparse.ArgumentParser()
    evaluation_arguments.add_arguments(parser)
    args = parser.parse_args(["--data", str(fer2013), "--model", str(tmp_path / "no.onnx")])
    assert evaluation.run(args) == 1
    assert "no.onnx" in capsys.readouterr().err
