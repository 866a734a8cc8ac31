"""The artificial-prevalence protocol, which measures the shares of a class, and its command."""

from __future__ import annotations

import argparse
import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.emotions import EMOTIONS, KNOWN
from fer.faces.core import FaceReading
from fer.mood.prevalence import Prevalence
from fer.training.emotion import artificial_prevalence as protocols
from fer.training.emotion import evaluation, evaluation_arguments, shares
from fer.training.emotion.artificial_prevalence import Readings
from fer.training.emotion.face_set import FaceSet
from fer.training.files import DataError

NEUTRAL = EMOTIONS.index("neutral")


class Reader:
    """A network that sees the class in the bright band of a test face, and is never quite sure."""

    labels = EMOTIONS

    def __init__(self):
        self.card = {
            "output": "logits",
            "preprocessing": {"width": 48, "color": "grey"},
        }

    def outputs(self, images):
        bands = np.stack([_grey(image).mean(1) for image in images])
        return [np.stack([bands[:, 6 * k : 6 * k + 6].mean(1) for k in range(7)], 1) / 40]

    def classify(self, images):
        scores = np.exp(self.outputs(list(images))[0])
        return (scores / scores.sum(1, keepdims=True)).astype(np.float32)


def _grey(image):
    return image if image.ndim == 2 else image.mean(2)


def readings(number: int, wrong: float, seed: int = 0) -> Readings:
    """Faces of all classes, read five times; the head for FER2013 errs in the share `wrong`."""
    rng = np.random.default_rng(seed)
    labels = np.arange(number) % 7
    logits = 2 * np.eye(7)[labels][:, None] + 0.7 * rng.normal(size=(number, 5, 7))
    served = np.exp(2 * logits)
    served /= served.sum(-1, keepdims=True)
    answers = np.where(rng.random(number) < wrong, 0, labels)
    before = np.repeat(np.eye(7)[answers][:, None], 5, axis=1)
    return Readings(labels, served.astype(np.float32), before, answers)


@pytest.fixture(scope="module")
def prevalence() -> Prevalence:
    faces = readings(2100, 0)
    return Prevalence.fit(faces.served, faces.labels)


@pytest.fixture
def few(monkeypatch):
    """Few windows and one hour, so that the tests are fast."""
    monkeypatch.setattr(protocols, "WINDOWS", 4)
    monkeypatch.setattr(protocols, "SIZES", (25, 250, 2500))
    monkeypatch.setattr(protocols, "HOURS", 1)


def test_drawn_windows_have_the_mixture_that_is_told():
    labels = np.repeat(np.arange(7), 10)
    mixtures = np.stack([protocols.MIXTURES["neutral80"], np.eye(7)[3]])
    windows, truth = protocols.draw(labels, mixtures, 200, np.random.default_rng(0))
    counted = np.stack([np.bincount(labels[row], minlength=7) for row in windows]) / 200
    np.testing.assert_allclose(counted, truth)
    assert truth[0, NEUTRAL] == pytest.approx(0.8, abs=0.1)
    assert truth[1, 3] == 1


def test_total_variation():
    assert protocols.total_variation(np.eye(7)[0], np.eye(7)[1]) == 1
    assert protocols.total_variation(np.eye(7)[0], np.eye(7)[0]) == 0


def test_sure_shares_without_a_sure_face_are_equal():
    np.testing.assert_allclose(protocols.sure_shares(np.zeros((2, 5, 7))), 1 / 7)


def test_protocol_has_each_figure_beside_the_one_before(prevalence, few):
    found = protocols.protocol(prevalence, readings(700, 0.3, seed=1))
    for key in ("tv_25", "tv_250", "tv_2500", "tv_neutral80_2500", "dominant_right_25"):
        assert 0 <= found[key] <= 1
        assert 0 <= found[f"{key}_before"] <= 1
    assert found["tv_2500"] < 0.05 < found["tv_2500_before"]
    assert found["tv_2500"] < found["tv_25"]
    assert found["dominant_right_25"] > found["dominant_right_25_before"]
    assert found["interval_coverage_90"] > 0.8
    json.dumps(found, allow_nan=False)


def test_false_alerts_go_through_the_alerts_of_the_app(prevalence, few):
    faces = readings(700, 0)
    neutral = faces.take(faces.labels == NEUTRAL)
    angry = np.zeros(len(neutral.labels), int)
    furious = Readings(neutral.labels, neutral.served, np.full_like(neutral.before, 0), angry)
    furious.before[..., 0] = 1.0
    found = protocols.false_alerts(prevalence, furious, hours=1)
    assert found["false_alerts_per_hour_neutral"] == 0
    assert found["false_alerts_per_hour_neutral_before"] == 1


def test_contempt_counts_as_disgust_and_faces_without_a_winner_as_none():
    votes = np.zeros((3, 10), np.float32)
    votes[0, 7], votes[1, 9], votes[2, 0] = 8, 8, 8
    faces = FaceSet(np.zeros((3, 48, 48), np.uint8), np.zeros(3, int), np.arange(3), votes=votes)
    assert shares.emotions_with_contempt(faces).tolist() == [1, -1, NEUTRAL]


def test_contempt_counts_as_itself_for_a_network_that_knows_it():
    votes = np.zeros((2, 10), np.float32)
    votes[0, 7], votes[1, 0] = 8, 8
    faces = FaceSet(np.zeros((2, 48, 48), np.uint8), np.zeros(2, int), np.arange(2), votes=votes)
    assert shares.emotions_with_contempt(faces, KNOWN).tolist() == [7, NEUTRAL]
    named = FaceSet(faces.images, np.array([1, 0]), np.arange(2), ("joy", "contempt"))
    assert shares.emotions_with_contempt(named, KNOWN).tolist() == [7, 3]
    assert shares.emotions_with_contempt(named).tolist() == [1, 3]


def test_without_votes_the_labels_count():
    faces = FaceSet(np.zeros((2, 48, 48), np.uint8), np.array([1, 0]), np.arange(2), ("sad", "joy"))
    assert shares.emotions_with_contempt(faces).tolist() == [3, 4]


def test_classes_that_a_network_does_not_tell_get_no_share(face_sets):
    reader = Reader()
    reader.labels = tuple(name for name in EMOTIONS if name != "fear")
    fitted = shares.fit_prevalence(reader, face_sets["PublicTest"])
    assert fitted.prior[2] == 0
    assert (fitted.prior[[0, 1, 3, 4, 5, 6]] > 0).all()


def test_nothing_is_fitted_where_nobody_voted(face_sets):
    faces = face_sets["PublicTest"].take(np.zeros(21, bool))
    assert shares.fit_prevalence(Reader(), faces) is None


@pytest.mark.parametrize("shape", [(48, 48), (60, 60, 3)])
def test_jittered_faces_keep_their_form(shape):
    face = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    changed = shares.jittered(face, np.random.default_rng(1))
    assert changed.shape == shape
    assert changed.dtype == np.uint8
    assert (changed != face).any()


def _command(*more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    evaluation_arguments.add_arguments(parser)
    return parser.parse_args([*more])


@pytest.fixture
def network(monkeypatch, tmp_path):
    """The path of a network, for which a `Reader` stands in, with a card beside it."""
    path = tmp_path / "model" / "emotion.onnx"
    path.parent.mkdir()
    path.touch()
    path.with_suffix(".json").write_text('{"format": 1, "name": "reader"}')
    reader = Reader()
    monkeypatch.setattr(shares.EmotionClassifier, "load", lambda *_: reader)
    core = SimpleNamespace(
        classifier=reader,
        read=lambda picture: [FaceReading((0, 0, *picture.shape[1::-1]), np.eye(7)[0])],
        crop=lambda frame, face: frame,
    )
    monkeypatch.setattr(shares.MoodCore, "load", lambda **_: core)
    monkeypatch.setattr(shares, "REPEATS", 2)
    return path


def test_command_prints_a_table_or_json(network, fer2013, few, capsys):
    common = ["--data", str(fer2013), "--model", str(network), "--shares"]
    assert evaluation.run(_command(*common)) == 0
    assert "tv_neutral80_2500" in capsys.readouterr().out
    assert evaluation.run(_command(*common, "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["prevalence_from"] == "PublicTest"
    assert found["neutral_read_negative"] == 0
    assert found["neutral_read_negative_before"] == 0
    assert "wild_tv_neutral80" not in found


def test_card_keeps_the_figures_and_what_shares_need(network, fer2013, few, capsys):
    common = ["--data", str(fer2013), "--model", str(network), "--shares", "--json"]
    assert evaluation.run(_command(*common, "--card")) == 0
    card = json.loads(network.with_suffix(".json").read_text())
    assert card["name"] == "reader"
    assert card["shares"]["tv_25"] == json.loads(capsys.readouterr().out)["tv_25"]
    assert Prevalence.from_card(card) is not None
    shares.EmotionClassifier.load().card |= card
    assert evaluation.run(_command(*common)) == 0
    assert json.loads(capsys.readouterr().out)["prevalence_from"] == "the card"


def test_photographs_are_read_whole(
    network, fer2013, few, face_sets, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(protocols, "FEWEST", 2)
    faces = face_sets["Training"]
    for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        folder = tmp_path / "photographs" / EMOTIONS[label]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    (tmp_path / "photographs" / "holidays").mkdir()
    cv2.imwrite(str(tmp_path / "photographs" / "holidays" / "1.png"), faces.images[0])
    common = ["--data", str(fer2013), "--model", str(network), "--shares", "--json"]
    photographs = str(tmp_path / "photographs")
    assert evaluation.run(_command(*common, "--photographs", photographs)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["wild_faces"] == len(faces)
    assert found["wild_neutral_read_negative"] == found["wild_neutral_read_negative_before"] == 0
    assert 0 <= found["wild_tv_neutral80"] < 0.2


def test_photographs_of_too_few_classes_are_refused(network, fer2013, few, capsys, tmp_path):
    (tmp_path / "photographs").mkdir()
    common = ["--data", str(fer2013), "--model", str(network), "--shares"]
    photographs = str(tmp_path / "photographs")
    assert evaluation.run(_command(*common, "--photographs", photographs)) == 1
    assert "no photographs in folders" in capsys.readouterr().err


def test_too_few_photographs_are_refused(prevalence):
    faces = readings(70, 0)
    with pytest.raises(DataError, match="each need 50 photographs"):
        protocols.photographs_protocol(prevalence, faces)


def test_data_without_a_selection_set_is_refused(network, fer2013, capsys, monkeypatch):
    usual = shares.read
    monkeypatch.setattr(shares, "read", lambda *how: {"Training": usual(*how)["Training"]})
    assert (
        evaluation.run(_command("--data", str(fer2013), "--model", str(network), "--shares")) == 1
    )
    assert "PublicTest and PrivateTest" in capsys.readouterr().err
