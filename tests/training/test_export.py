"""From a network to the files that the app runs: folding, mixing, ONNX, evaluation."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier, calibrated
from fer.model_card import ModelCard
from fer.settings import ROOT
from fer.training import export, loop, metrics, pixels
from fer.training.emotion import arguments, evaluation, evaluation_arguments, networks, tables
from fer.training.emotion import parity as twin_parity
from fer.training.emotion import release as emotion_release
from fer.training.emotion import robustness as damaging
from fer.training.emotion import size as network_size
from fer.training.emotion import train as emotion
from fer.training.emotion.inputs import INPUTS, Input
from fer.training.emotion.votes import VOTE_OF_EMOTION
from fer.training.files import DataError
from tests.training.conftest import write_folder

TAKES = INPUTS["mood"]


@pytest.fixture
def model() -> keras.Model:
    """A tiny `mood` network whose batch norms are not at their start values."""
    keras.utils.set_random_seed(3)
    model = networks.mood(widths=(4, 6, 8), blocks=(1, 1, 1))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return model


@pytest.fixture
def released(tmp_path, model, face_sets):
    faces = face_sets["Training"].images
    public = face_sets["PublicTest"]
    emotion_release.release(model, TAKES, public, tmp_path, "tiny", {"epochs": 0}, {}, faces)
    return tmp_path / "emotion.onnx"


def test_a_draft_is_on_the_disk_that_it_is_for(tmp_path):
    there, new = tmp_path / "there", tmp_path / "new"
    there.mkdir()
    for folder, place in ((there, there), (new, tmp_path)):
        with export.drafted(folder) as draft:
            assert draft.parent.parent == place
            (draft / "card").write_text("whole")
        assert [file.name for file in folder.iterdir()] == ["card"]


def test_folded_network_gives_the_same(model):
    faces = np.random.default_rng(1).normal(size=(3, 48, 48, 1)).astype(np.float32)
    before = model.predict_on_batch(faces)
    network = export.deployable(model, 48)
    after = network.predict_on_batch(faces)
    np.testing.assert_allclose(before["emotion"], after[0], atol=1e-5)
    np.testing.assert_allclose(before["votes"], after[1], atol=1e-5)
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in network.layers)


def test_the_reading_is_a_head_of_its_own(model):
    faces = np.random.default_rng(1).normal(size=(3, 48, 48, 1)).astype(np.float32)
    before = model.predict_on_batch(faces)
    heads = export.deployable(model, 48, vote_share=0.3).predict_on_batch(faces)
    reading, emotion, votes = heads
    expected = 0.7 * before["emotion"] + 0.3 * before["votes"][:, list(VOTE_OF_EMOTION)]
    np.testing.assert_allclose(reading, expected, atol=1e-5)
    np.testing.assert_allclose(emotion, before["emotion"], atol=1e-5)
    np.testing.assert_allclose(votes, before["votes"], atol=1e-5)


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
    emotion_release.release(model, TAKES, public, tmp_path, "tiny", {}, {}, public.images)
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


def test_neutral_faces_read_as_negative():
    neutral, sad, happy = (EMOTIONS.index(name) for name in ("neutral", "sad", "happy"))
    answers = np.eye(7)[[neutral, sad, happy, sad]]
    labels = np.array([neutral, neutral, neutral, happy])
    assert metrics.neutral_read_negative(answers, labels) == pytest.approx(1 / 3)
    assert metrics.neutral_read_negative(answers[3:], labels[3:]) is None


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


def test_baseline_folds_too():
    model = networks.baseline()
    faces = np.random.default_rng(1).uniform(size=(2, 48, 48, 1)).astype(np.float32)
    network = export.deployable(model, 48)
    answer = network.predict_on_batch(faces)
    answer = answer[0] if isinstance(answer, list) else answer
    np.testing.assert_allclose(model.predict_on_batch(faces)["emotion"], answer, atol=1e-5)


def test_a_norm_folds_into_a_depthwise_convolution():
    rng = np.random.default_rng(2)
    depthwise = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)
    model = keras.Sequential([keras.Input((8, 8, 4)), depthwise, keras.layers.BatchNormalization()])
    norm = model.layers[-1]
    norm.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in norm.get_weights()])
    maps = rng.normal(size=(1, 8, 8, 4)).astype(np.float32)
    before = model.predict_on_batch(maps)
    plain = keras.layers.DepthwiseConv2D(3, padding="same")
    plain.build(maps.shape)
    assert export.norms(model) == {depthwise.name: norm}
    plain.set_weights(export.folded(depthwise, norm))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(plain(maps)), before, atol=1e-5)


def test_released_model_runs_in_the_app(released, face_sets):
    classifier = EmotionClassifier.load(released)
    images = list(face_sets["PublicTest"].images)
    probabilities = classifier.classify(images)
    assert probabilities.shape == (21, 7)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(probabilities[:5], classifier.classify(images[:5]), atol=1e-5)


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


def test_votes_that_say_little_give_no_figure_instead_of_none_at_all(released, face_sets):
    faces = face_sets["PrivateTest"]
    classifier = EmotionClassifier.load(released)
    probabilities = classifier.classify(faces.images)
    split = np.tile(np.float32([3, 2, 2, 3, 0, 0, 0, 0, 0, 0]), (len(faces), 1))
    found = evaluation._ferplus(classifier, replace(faces, votes=split), probabilities)
    assert found["faces"] == 21
    assert found["clear_accuracy"] is None
    unknown = np.tile(np.float32([0] * 8 + [10, 0]), (len(faces), 1))
    assert evaluation._ferplus(classifier, replace(faces, votes=unknown), probabilities) is None


def test_size_of_a_float_network_is_read_from_its_file(model, tmp_path):
    network = export.deployable(model, 48)
    export.write_onnx(network, tmp_path / "float.onnx")
    size = network_size.size_figures(tmp_path / "float.onnx", {})
    # Some backends fold a constant or two of a tiny network.
    assert size["parameters"] == pytest.approx(network.count_params(), rel=0.01)
    assert size["mmacs"] == pytest.approx(networks.multiply_accumulates(network, (48, 48, 1)))


def test_kernels_are_rounded_to_8_bit(released):
    weights = onnx.load(str(released)).graph.initializer
    assert all(w.data_type != onnx.TensorProto.FLOAT for w in weights if len(w.dims) == 4)
    assert sum(w.data_type == onnx.TensorProto.INT8 for w in weights if len(w.dims) == 4) >= 4


def test_a_mirrored_face_reads_the_same(released, face_sets):
    classifier = EmotionClassifier.load(released)
    images = face_sets["PublicTest"].images
    np.testing.assert_allclose(
        classifier.classify(list(images)),
        classifier.classify(list(np.ascontiguousarray(images[:, :, ::-1]))),
        atol=1e-5,
    )


def other(model):
    """The same network with a higher logit for fear."""
    head = model.get_layer("emotion")
    head.set_weights([w + 1.0 * (np.arange(7) == 2) for w in head.get_weights()])
    return model


def test_other_weights_are_noticed(released, model, face_sets):
    twin = released.parent / "model.keras"
    other(model).save(twin)
    card = json.loads(released.with_suffix(".json").read_text())
    card["training"]["keras_sha256"] = loop.file_digest(twin)
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
    emotion_release.release(model, TAKES, public, tmp_path, "tiny", {}, {}, images)
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


@pytest.mark.parametrize("shape", [(48, 48), (224, 224, 3)])
def test_every_damage_keeps_the_shape(shape):
    face = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for steps in damaging.damages().values():
        for _, change in steps:
            assert change(face).shape == shape
            assert change(face).dtype == np.uint8


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
        result = results[evaluation._names(paths)[paths.index(path)]]
        private = usual(fer2013, None, size, colour)["PrivateTest"]
        found = EmotionClassifier.load(path).classify(private.images)
        assert result["private_accuracy"] == metrics.accuracy(found, private.labels)
        assert result["parity"]["agrees"]


def test_models_of_the_same_name_are_told_apart():
    paths = [Path(p) for p in ("old/mood/emotion.onnx", "/new/mood/emotion.onnx", "x/other.onnx")]
    assert evaluation._names(paths) == ["old_mood", "new_mood", "other"]


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


def test_training_leaves_everything(fer2013, tmp_path, monkeypatch):
    tiny = networks.mood
    monkeypatch.setattr(
        networks, "mood", lambda classes, votes: tiny(classes, votes, None, (4, 6, 8), (1, 1, 1))
    )
    parser = argparse.ArgumentParser()
    arguments.add_arguments(parser)
    command = ["--data", str(fer2013), "--epochs", "2", "--batch", "16", "--out", str(tmp_path)]
    assert emotion.run(parser.parse_args(command)) == 0
    names = {file.name for file in tmp_path.iterdir()}
    assert {
        "model.keras",
        "model.json",
        "model.weights.h5",
        "emotion.onnx",
        "emotion.json",
        "log.csv",
        "curves.png",
    } <= names
    card = json.loads((tmp_path / "emotion.json").read_text())
    assert card["training"]["epochs"] == 2
    assert card["training"]["faces"] == 56
    assert card["training"]["votes"]
    assert card["data"]["sources"] == ["fer2013.csv", emotion_release.FERPLUS]
    assert len(card["training"]["curves"]) == 2
    with pytest.raises(DataError, match="other settings"):
        emotion.run(parser.parse_args([*command, "--rate", "0.5"]))
    few = [*command, "--restart", "--validation", "0.02"]
    with pytest.raises(DataError, match="56 faces to train on, 0 to select by"):
        emotion.run(parser.parse_args(few))
    # Each face lies in the training part twice, so that any split tears pairs apart.
    table = fer2013.read_text().splitlines()
    training = [row for row in table if row.endswith(",Training")]
    fer2013.write_text("\n".join([table[0], *training, *training]) + "\n")
    fer2013.with_name("ferplus_votes.csv").unlink()
    five = [*command, "--restart", "--classes", "five", "--validation", "0.25"]
    assert emotion.run(parser.parse_args(five)) == 0
    card = json.loads((tmp_path / "emotion.json").read_text())
    assert len(card["labels"]) == 5
    facts = card["training"]
    assert facts["duplicates_removed"] > 0
    assert facts["faces"] + facts["selection_faces"] + facts["duplicates_removed"] == 80
