"""Fitting tiny networks: continuing, stopping, schedules and logs."""

from __future__ import annotations

import csv
import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.faces.classify import EmotionClassifier, calibrated
from fer.network import softmax
from fer.training import log, loop
from fer.training.emotion import fit, networks
from fer.training.emotion import release as emotion_release
from fer.training.emotion.inputs import INPUTS
from fer.training.emotion.teacher import Teacher
from fer.training.files import DataError
from tests.training.conftest import TINY

pytestmark = pytest.mark.usefixtures("eager")

TAKES = INPUTS["mood"]
# One step an epoch, since each takes a fifth of a second; two where their order matters.
SETTINGS = fit.Settings(
    epochs=2, batch=56, rate=0.02, warmup=0.5, average=0.9, sizes=((0.5, 2 / 3), (0.5, 1.0))
)
TWO_STEPS = dataclasses.replace(SETTINGS, batch=28)


def tiny(seed: int = 0, **how) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return networks.mood(**TINY, **how)


def train(faces, folder, settings=SETTINGS, model=None, **how):
    model = model or tiny()
    training = fit.train(
        model, faces["Training"], faces["PublicTest"], TAKES, settings, folder, **how
    )
    return model, training.history


def test_interrupted_training_ends_like_an_uninterrupted_one(tmp_path, face_sets):
    whole, history = train(face_sets, tmp_path / "whole", TWO_STEPS)
    train(face_sets, tmp_path / "parts", TWO_STEPS, hours=0)  # leaves after each epoch
    other, continued = train(face_sets, tmp_path / "parts", TWO_STEPS, tiny(seed=7), hours=0)
    assert len(continued) == 2
    # Bit for bit on torch; TensorFlow's threads add in an order that changes from run to run.
    for a, b in zip(whole.variables, other.variables, strict=True):
        np.testing.assert_allclose(loop.to_numpy(a), loop.to_numpy(b), rtol=1e-5, atol=1e-6)
    for a, b in zip(history, continued, strict=True):
        assert {**a, "seconds": 0} == pytest.approx({**b, "seconds": 0}, rel=1e-5)


def test_averaging_asks_for_the_weights_that_jax_holds_apart(monkeypatch):
    """With JAX, Keras' trainer holds the weights and gives them back to the network on request.

    Training does not require JAX, and a process cannot change its backend, so a network that does
    the same stands in here. Only a private module of Keras knows which backend is in use.
    """

    class Detached:
        def __init__(self):
            self.variables = [keras.Variable([1.0])]

        def jax_state_sync(self):
            self.variables[0].assign([2.0])

    monkeypatch.setattr(
        "keras.src.callbacks.callback.backend", SimpleNamespace(backend=lambda: "jax")
    )
    model = Detached()
    average = loop.AveragedWeights(model, 0.999)
    step = loop.EveryStep(average, 1, 0)
    step.set_model(model)
    step.on_train_batch_end(0)
    assert average.values[0][0] == pytest.approx(1 + 9 / 11)


def test_checkpoint_of_other_settings_is_refused(tmp_path, face_sets):
    train(face_sets, tmp_path, hours=0)
    with pytest.raises(DataError, match=r"other settings \(rate\).*--restart"):
        train(face_sets, tmp_path, dataclasses.replace(SETTINGS, rate=0.1))


def test_a_share_of_the_weights_of_the_start_is_kept():
    model, start = tiny(seed=1), tiny(seed=2)
    after, before = ([loop.to_numpy(one) for one in each.variables] for each in (model, start))
    loop.keep(model, start, 0.25)
    for mean, new, old in zip(model.variables, after, before, strict=True):
        expected = 0.25 * old + 0.75 * new if np.issubdtype(new.dtype, np.floating) else new
        np.testing.assert_allclose(loop.to_numpy(mean), expected, rtol=1e-6)


def test_frozen_layers_stay_as_they_are(tmp_path, face_sets):
    """Their batch norms do, too."""
    model = tiny(seed=1)
    before = [loop.to_numpy(one) for one in model.variables]
    train(face_sets, tmp_path, dataclasses.replace(SETTINGS, freeze=True), model=model)
    last = max(i for i, layer in enumerate(model.layers) if layer.name.startswith("max_pool"))
    frozen = {one.path for layer in model.layers[:last] for one in layer.variables}
    weights = {one.path for one in model.weights}
    assert len(frozen) >= 5  # a convolution and its batch norm
    for old, new in zip(before, model.variables, strict=True):
        if new.path in weights:
            assert np.array_equal(old, loop.to_numpy(new)) == (new.path in frozen), new.path
    with pytest.raises(DataError, match=r"other settings \(freeze\)"):
        train(face_sets, tmp_path)


def test_a_checkpoint_that_lacks_a_part_is_refused(tmp_path, face_sets):
    train(face_sets, tmp_path, hours=0)
    arrays = dict(np.load(tmp_path / "checkpoint.npz"))
    for part in ("model_0", "optimizer_0", "average_1"):
        rest = {name: array for name, array in arrays.items() if name != part}
        np.savez(tmp_path / "checkpoint.npz", **rest)
        with pytest.raises(DataError, match=rf"checkpoint\.npz: lacks .*{part}.*--restart"):
            train(face_sets, tmp_path)


def test_checkpoint_of_other_data_or_another_start_is_refused(tmp_path, face_sets):
    train(face_sets, tmp_path, hours=0)
    faces, selection = face_sets["Training"], face_sets["PublicTest"]
    swapped = dataclasses.replace(faces, labels=faces.labels[::-1])
    darker = dataclasses.replace(selection, images=selection.images // 2)
    for said, change, how in (
        ("training faces", {"Training": swapped}, {}),
        ("training faces", {"Training": dataclasses.replace(faces, votes=None)}, {}),
        ("selection faces", {"PublicTest": darker}, {}),
        ("network", {}, {"model": tiny(votes=0)}),
        ("start weights", {}, {"start": "of another training"}),
    ):
        with pytest.raises(DataError, match=rf"other settings \({said}\).*--restart"):
            train(face_sets | change, tmp_path, **how)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with pytest.raises(DataError, match=r"other settings \(precision\)"):
            train(face_sets, tmp_path)
    finally:
        keras.config.set_dtype_policy("float32")


def test_what_is_left_to_do_is_told(tmp_path, face_sets, capsys):
    sets = (face_sets["Training"], face_sets["PublicTest"], TAKES)
    told = [fit.train(tiny(), *sets, SETTINGS, tmp_path, hours=0).ended for _ in range(2)]
    assert told == [False, True]
    assert "has ended" not in capsys.readouterr().out
    again = fit.train(tiny(), *sets, SETTINGS, tmp_path, hours=0)
    assert again.ended
    assert len(again.history) == 2
    assert "this training has ended; --restart" in capsys.readouterr().out
    with pytest.raises(DataError, match=r"other settings \(rate\); that training has ended; --re"):
        train(face_sets, tmp_path, dataclasses.replace(SETTINGS, rate=0.1))


def diverges(monkeypatch, first):
    """From the epoch `first` on (counted from 0), make all faces NaN, so that training diverges."""
    usual = fit.Batches.__getitem__

    def batch(self, index):
        faces, targets, weights = usual(self, index)
        return (faces * np.nan if self._epoch >= first else faces), targets, weights

    monkeypatch.setattr(fit.Batches, "__getitem__", batch)


def test_a_training_that_diverges_keeps_its_best_epoch(tmp_path, face_sets, monkeypatch, capsys):
    diverges(monkeypatch, first=1)
    epochs = []
    for _ in range(2):  # the second continues, and comes to the same end
        model, history = train(face_sets, tmp_path, on_epoch=lambda record: epochs.append(1))
        assert [record["epoch"] for record in history] == [1]
        assert np.isfinite([list(record.values()) for record in history]).all()
        assert loop.finite([loop.to_numpy(variable) for variable in model.variables])
        assert capsys.readouterr().out.count("diverged in epoch 2; lower --rate\n") == 1
    assert len(epochs) == 1


def test_a_training_that_diverges_at_once_is_one_line(tmp_path, face_sets, monkeypatch):
    diverges(monkeypatch, first=0)
    with pytest.raises(DataError, match=r"^diverged in epoch 1; lower --rate$"):
        train(face_sets, tmp_path)
    assert not list(tmp_path.iterdir())


def test_weights_that_are_no_numbers_are_seen_before_the_loss_is(tmp_path, face_sets, monkeypatch):
    """The last step of an epoch may go too far; no loss is computed after it."""
    usual = loop.EveryStep.on_train_batch_end

    def step(self, batch, logs=None):
        if self._seed % 10 == 1:
            self.model.variables[0].assign(self.model.variables[0] * np.nan)
        usual(self, batch, logs)

    monkeypatch.setattr(loop.EveryStep, "on_train_batch_end", step)
    model, history = train(face_sets, tmp_path)
    assert len(history) == 1
    assert loop.finite([loop.to_numpy(variable) for variable in model.variables])


def test_a_damaged_checkpoint_is_named(tmp_path, face_sets):
    (tmp_path / "checkpoint.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"checkpoint\.npz: cannot be read"):
        train(face_sets, tmp_path)


def test_votes_that_name_no_winner_give_no_figure(tmp_path, face_sets):
    public = face_sets["PublicTest"]
    public.votes[:] = 0
    _, history = train(face_sets, tmp_path, dataclasses.replace(SETTINGS, epochs=1))
    assert "public_ferplus_accuracy" not in history[0]


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 and no more"])
def test_weights_that_cannot_be_read_are_named(tmp_path, content):
    path = tmp_path / "weights.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"weights\.npz: cannot be read"):
        loop.load_variables(tiny(), path)


def test_weights_of_another_network_are_named(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, model_0=np.zeros((2, 2)))
    with pytest.raises(DataError, match=r"weights\.npz: no weights of this network"):
        loop.load_variables(tiny(), path)


def test_a_file_that_is_no_checkpoint_is_named(tmp_path, face_sets):
    path = tmp_path / "checkpoint.npz"
    for content in (b"", b"no archive", b"PK\x03\x04 and no more"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"checkpoint\.npz: cannot be read"):
            train(face_sets, tmp_path)
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.with_suffix(".npy").rename(path)
    with pytest.raises(DataError, match=r"checkpoint\.npz: cannot be read"):
        train(face_sets, tmp_path)
    np.savez(path, model_0=np.zeros((2, 2)))
    with pytest.raises(DataError, match=r"checkpoint\.npz: is no checkpoint.*--restart"):
        train(face_sets, tmp_path)


@pytest.mark.compiled
def test_it_learns(tmp_path, face_sets):
    settings = dataclasses.replace(
        SETTINGS,
        epochs=14,
        batch=8,
        rate=0.02,
        optimizer="adam",
        sizes=((1.0, 1.0),),
        augmentation=fit.Augmentation.none(),
    )
    keras.utils.set_random_seed(0)
    model = networks.mood(widths=(8, 16), blocks=(0, 1), dropout=0)
    _, history = train(face_sets, tmp_path, settings, model)
    assert max(record["public_accuracy"] for record in history) > 0.5
    assert history[-1]["loss"] < history[0]["loss"]
    assert max(record["public_ferplus_accuracy"] for record in history) > 0.5


def test_stops_early(tmp_path, face_sets):
    settings = dataclasses.replace(SETTINGS, epochs=50, sizes=((1.0, 2 / 3),), rate=0.0, patience=2)
    _, history = train(face_sets, tmp_path, settings)
    assert len(history) == 3


def test_rate_falls_on_a_plateau(tmp_path, face_sets):
    settings = dataclasses.replace(
        SETTINGS, schedule="plateau", plateau=1, epochs=4, rate=1e-9, warmup=0
    )
    _, history = train(face_sets, tmp_path, settings)
    assert [record["rate"] for record in history] == pytest.approx([1e-9, 1e-9, 1e-10, 1e-11])


def test_cosine():
    schedule = loop.WarmupCosine(1.0, 10, 110)
    rates = [float(keras.ops.convert_to_numpy(schedule(s))) for s in (0, 9, 10, 60, 110)]
    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.5, 0.0])
    assert loop.WarmupCosine(**schedule.get_config()).steps == 110


def test_batches_depend_on_seed_epoch_and_number_alone(face_sets):
    def batch(epoch, index, seed=1):
        settings = dataclasses.replace(TWO_STEPS, seed=seed)
        return fit.Batches(face_sets["Training"], settings, TAKES, ["emotion", "votes"], epoch)[
            index
        ]

    faces, targets, weights = batch(2, 1)
    np.testing.assert_array_equal(faces, batch(2, 1)[0])
    assert (faces != batch(2, 0)[0]).any()
    assert (faces != batch(2, 1, seed=2)[0]).any()
    assert batch(0, 0)[0].shape == (28, 32, 32, 1)
    assert faces.shape == (28, 48, 48, 1)
    np.testing.assert_allclose(targets["emotion"].sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets["votes"].sum(1), 1, rtol=1e-6)
    assert set(weights["votes"]) == {1.0}


def test_blends_of_faces_and_of_their_targets_have_the_same_shares():
    rng = np.random.default_rng(0)
    values = np.arange(1, 5, dtype=np.float32)
    images = np.tile(values[:, None, None, None], (1, 2, 2, 1))
    targets = {"emotion": values[:, None] * [1, 10], "votes": values[:, None] * [1, 10]}
    weights = {"emotion": values.copy(), "votes": np.array([1, 1, 1, 0], np.float32)}
    blended = fit.mix(images, targets, weights, 1.0, rng)
    shares = blended[:, 0, 0, 0]
    assert len(set(shares)) == 4
    assert not set(shares) <= set(values)
    for head in targets:
        np.testing.assert_allclose(targets[head], shares[:, None] * [1, 10], rtol=1e-6)
    np.testing.assert_allclose(weights["emotion"], shares, rtol=1e-6)
    # A blend with the fourth face, which has no votes, has no votes either.
    other = np.random.default_rng(0).permutation(4)
    assert weights["votes"].tolist() == [float(3 not in (i, other[i])) for i in range(4)]


@pytest.fixture
def teacher(tmp_path, face_sets):
    """The ONNX file of a released network."""
    takes = dataclasses.replace(TAKES, compact=False)
    selection = face_sets["PublicTest"]
    emotion_release.release(
        tiny(seed=5), takes, selection, tmp_path, "teacher", {}, {}, face_sets["Training"].images
    )
    return tmp_path / "emotion.onnx"


def test_a_teacher_answers_for_the_very_faces_that_are_learned(face_sets, teacher):
    settings = dataclasses.replace(SETTINGS, mixup=0.4, teachers=(str(teacher),), teaching=0.25)
    faces, plain = face_sets["Training"], dataclasses.replace(SETTINGS, mixup=0.4)
    taught = Teacher(settings.teachers, faces.classes)
    images, targets, _ = fit.Batches(faces, settings, TAKES, ["emotion"], 2, taught)[0]
    same, untaught, _ = fit.Batches(faces, plain, TAKES, ["emotion"], 2)[0]
    np.testing.assert_array_equal(images, same)
    of_teacher = (targets["emotion"] - 0.75 * untaught["emotion"]) / 0.25
    np.testing.assert_allclose(of_teacher.sum(1), 1, rtol=1e-5)
    # The learner's input is standardised, so brightness and contrast are chosen anew here.
    shown = np.clip(images[..., 0] * 40 + 128, 0, 255).round().astype(np.uint8)
    network = EmotionClassifier.load(teacher)
    logits = network.outputs(list(shown))[network.heads.index("emotion")]
    how = network.card["fer2013"]
    expected = calibrated(logits, how["temperature"], how["floor"])
    np.testing.assert_allclose(of_teacher, expected, atol=0.05)


def test_a_teacher_sees_tilted_faces_upright_and_teaches_both_heads(face_sets, teacher):
    faces, both = face_sets["Training"], ["emotion", "votes"]
    plain = dataclasses.replace(SETTINGS, teachers=(str(teacher),), teaching=1.0)
    taught = Teacher(plain.teachers, faces.classes)
    images, targets, _ = fit.Batches(faces, plain, TAKES, both, 2, taught)[0]
    for share, turned in ((0.5, [0.2, 0.8]), (1.0, [1, 1])):
        settings = dataclasses.replace(plain, tilted=share)
        shown, same, _ = fit.Batches(faces, settings, TAKES, both, 2, taught)[0]
        for head in both:
            np.testing.assert_array_equal(same[head], targets[head])
        changed = (np.abs(shown - images).max((1, 2, 3)) > 0.1).mean()
        assert turned[0] <= changed <= turned[1]
    network = EmotionClassifier.load(teacher)
    pixels = np.clip(images[..., 0] * 40 + 128, 0, 255).round().astype(np.uint8)
    votes = softmax(network.outputs(list(pixels))[network.heads.index("votes")])
    np.testing.assert_allclose(targets["votes"], votes, atol=0.05)


def test_who_learns_tilted_faces_is_judged_by_such_faces(tmp_path, face_sets, capsys):
    """Upright faces alone would choose the epoch before anything new was learned."""
    _, history = train(face_sets, tmp_path, dataclasses.replace(SETTINGS, epochs=1, tilted=0.5))
    assert "public tilted accuracy" in capsys.readouterr().out
    images = face_sets["PublicTest"].images
    model = tiny(seed=3)
    upright, half, again = (
        fit.predict(model, images, TAKES, tilted=share)["votes"] for share in (0.0, 0.5, 0.5)
    )
    changed = (np.abs(half - upright).max(1) > 1e-6).mean()
    assert 0.2 < changed < 0.8
    np.testing.assert_array_equal(half, again)
    assert {"public_ferplus_accuracy", "public_tilted_accuracy"} <= history[0].keys()


def test_a_teacher_reads_each_face_once(face_sets, teacher):
    crops = list(face_sets["Training"].images[:8])
    path = teacher.with_suffix(".json")
    card = json.loads(path.read_text())
    # A network that learned labels alone, such as those of others.
    card = {key: value for key, value in card.items() if key not in ("heads", "fer2013")}
    path.write_text(json.dumps(card))
    once = EmotionClassifier.load(teacher).labels_probabilities(crops)
    path.write_text(json.dumps(card | {"mirror": True}))
    assert np.abs(EmotionClassifier.load(teacher).labels_probabilities(crops) - once).max() > 1e-4
    faces = np.stack(crops)[..., None].astype(np.float32)
    answers = Teacher([teacher], face_sets["Training"].classes).probabilities(faces)
    np.testing.assert_allclose(answers["emotion"], once, atol=1e-6)


def test_a_teacher_of_other_classes_is_refused(tmp_path, face_sets, teacher):
    few = {name: part.subset(("happy", "sad")) for name, part in face_sets.items()}
    settings = dataclasses.replace(SETTINGS, teachers=(str(teacher),))
    with pytest.raises(DataError, match=r"knows angry, .* but happy, sad are to be learned"):
        train(few, tmp_path / "run", settings, tiny(classes=2))


def test_balance_gives_every_class_the_same_weight(face_sets):
    faces = face_sets["Training"].take(np.r_[0:14, 14:56:7])
    settings = dataclasses.replace(SETTINGS, balance=True)
    _, weights = fit.make_targets(faces, np.arange(len(faces)), settings, ["emotion"])
    sums = [weights["emotion"][faces.labels == label].sum() for label in range(7)]
    np.testing.assert_allclose(sums, len(faces) / 7, rtol=1e-5)


def test_faces_without_votes_do_not_count_in_the_vote_head(face_sets):
    train_set = face_sets["Training"]
    train_set.votes[3] = 0
    _, weights = fit.make_targets(train_set, np.arange(5), SETTINGS, ["emotion", "votes"])
    assert weights["votes"].tolist() == [1, 1, 1, 0, 1]


def test_a_date_may_be_the_seed(monkeypatch):
    drawn = []
    monkeypatch.setattr(keras.utils, "set_random_seed", drawn.append)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    for seed in (3, 20241121):
        loop.EveryStep(None, seed, 7).on_train_begin()
    assert drawn[0] == 30_007
    assert 0 <= drawn[1] < 2**32


def test_logs(tmp_path, face_sets):
    board = log.TensorBoard(tmp_path / "board")
    _, history = train(face_sets, tmp_path, hours=0, on_epoch=board)
    log.write_log(history, tmp_path / "log.csv")
    with open(tmp_path / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["public_accuracy"]) == history[0]["public_accuracy"]
    assert float(rows[0]["validation_loss"]) == history[0]["validation_loss"]
    assert float(rows[0]["training_accuracy"]) == history[0]["training_accuracy"]
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(tmp_path / "board"))
    events.Reload()
    assert {"loss", "validation_loss", "training_accuracy"} <= set(events.Tags()["tensors"])


@pytest.mark.parametrize("votes", [0, 8])
def test_each_epoch_has_the_validation_loss_and_the_training_accuracy(
    tmp_path, face_sets, capsys, votes
):
    settings = dataclasses.replace(SETTINGS, epochs=1, augmentation=fit.Augmentation.none())
    faces, selection = face_sets["Training"], face_sets["PublicTest"]
    if not votes:
        faces = dataclasses.replace(faces, votes=None)
    model = tiny(votes=votes)
    (record,) = fit.train(model, faces, selection, TAKES, settings, tmp_path).history
    scores = fit.predict(model, selection.images, TAKES)["emotion"].astype(np.float64)
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    expected = -np.log(shares[np.arange(len(selection)), selection.labels]).mean()
    assert record["validation_loss"] == pytest.approx(expected, rel=1e-4)
    # All 56 faces were read.
    assert record["training_accuracy"] * 56 == pytest.approx(
        round(record["training_accuracy"] * 56)
    )
    said = capsys.readouterr().out
    assert f"training accuracy {record['training_accuracy']:.4f}" in said
    assert f"validation loss {record['validation_loss']:.4f}" in said


def test_a_log_that_began_without_some_figures_has_them_from_then_on(tmp_path):
    log.write_log(
        [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0, "validation_loss": 3.0}],
        tmp_path / "log.csv",
    )
    with open(tmp_path / "log.csv") as file:
        assert [row["validation_loss"] for row in csv.DictReader(file)] == ["", "3.0"]
