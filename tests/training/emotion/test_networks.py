"""The networks: their sizes, inputs, outputs and starting weights."""

from __future__ import annotations

import functools

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.training.emotion import networks
from fer.training.emotion.inputs import spelled
from fer.training.files import DataError

pytestmark = pytest.mark.usefixtures("eager")


def test_baseline_is_the_classical_network():
    model = networks.baseline()
    assert model.count_params() == 4_346_631
    assert sum(int(np.prod(w.shape)) for w in model.non_trainable_weights) == 3_456
    assert model.input_shape == (None, 48, 48, 1)


def test_mood_keeps_within_its_budget():
    model = networks.mood()
    assert networks.multiply_accumulates(model, (48, 48, 1)) <= 110
    assert model.count_params() * 4 <= 6e6
    assert model.output_names == ["emotion", "votes"]


def test_the_last_layers_learn_where_the_others_are_frozen():
    def learning(model):
        networks.freeze(model)
        return [layer.name for layer in model.layers if layer.trainable_weights]

    assert learning(networks.baseline())[0].startswith("dense")
    mood = learning(networks.mood())
    assert mood[-2:] == ["emotion", "votes"]
    assert len(mood) == 7  # and three convolutions and two batch norms of the last stage
    assert learning(networks.application("MobileNet")) == ["emotion"]


def test_mood_takes_small_faces_too():
    model = networks.mood(widths=(4, 6, 8))
    for size in (32, 40, 48):
        out = model.predict_on_batch(np.zeros((2, size, size, 1), np.float32))
        assert {name: value.shape for name, value in out.items()} == {
            "emotion": (2, 7),
            "votes": (2, 8),
        }


def test_multiply_accumulates_by_hand():
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(3, 3, padding="same", use_bias=False)(inputs)  # 64 × 27
    x = keras.layers.Flatten()(x)
    model = keras.Model(inputs, keras.layers.Dense(5)(x))  # 192 × 5
    assert networks.multiply_accumulates(model, (8, 8, 1)) == pytest.approx((64 * 27 + 960) / 1e6)


def test_missing_imagenet_weights_end_the_training(monkeypatch):
    """It went on from random weights, and the card did not say so."""
    whole = networks.APPLICATIONS["MobileNetV2"]

    def offline(weights, **options):
        if weights == "imagenet":
            raise OSError("no network")
        return whole(weights=weights, **options)

    monkeypatch.setitem(networks.APPLICATIONS, "MobileNetV2", offline)
    with pytest.raises(DataError, match=r"of MobileNetV2 cannot be downloaded \(no network\)"):
        networks.build("MobileNetV2", weights="imagenet")
    with pytest.raises(DataError, match=r"imagenet: no such file.*imagenet for VGG16"):
        networks.build("mood", weights="imagenet")


def test_a_network_goes_on_from_what_training_left(tmp_path, monkeypatch, recwarn):
    whole = networks.APPLICATIONS["MobileNet"]
    # With a fourteenth of the weights the test is fast.
    monkeypatch.setitem(networks.APPLICATIONS, "MobileNet", functools.partial(whole, alpha=0.25))
    trained = networks.build("MobileNet", classes=5)
    body = next(layer for layer in trained.layers if isinstance(layer, keras.Model))
    trained.save(tmp_path / "model.keras")
    trained.save_weights(tmp_path / "model.weights.h5")
    body.save_weights(tmp_path / "notop.weights.h5")
    for name in ("model.keras", "model.weights.h5", "notop.weights.h5"):
        again = networks.build("MobileNet", classes=5, weights=str(tmp_path / name))
        same = slice(0, -2 if name.startswith("notop") else None)
        for a, b in zip(again.weights[same], trained.weights[same], strict=True):
            np.testing.assert_array_equal(a, b)
    assert_no_warnings_of_weights(recwarn)


@pytest.mark.parametrize(("classes", "votes", "new"), [(7, 0, 0), (3, 8, 1), (4, 0, 1)])
def test_the_network_for_other_classes_begins_with_all_but_the_heads(
    tmp_path, monkeypatch, recwarn, classes, votes, new
):
    """Whoever has faces of their own, without votes or of other classes, need not begin anew."""
    monkeypatch.setattr(networks, "mood", functools.partial(networks.mood, widths=(4, 6, 8)))
    trained = networks.mood()
    trained.save(tmp_path / "model.keras")
    trained.save_weights(tmp_path / "model.weights.h5")
    again = networks.build("mood", classes, votes, str(tmp_path / "model.keras"))
    body = [
        [one for one in model.layers if one.name not in networks.HEADS]
        for model in (again, trained)
    ]
    heads = [again.get_layer(name) for name in again.output_names]
    pairs = [*zip(*body, strict=True), *((head, trained.get_layer(head.name)) for head in heads)]
    same = [all(map(np.array_equal, a.get_weights(), b.get_weights())) for a, b in pairs]
    assert same.count(False) == new
    assert_no_warnings_of_weights(recwarn)
    if new:
        with pytest.raises(DataError, match=r"only taken from its model\.keras"):
            networks.build("mood", classes, votes, str(tmp_path / "model.weights.h5"))


def assert_no_warnings_of_weights(recwarn):
    """Keras used to warn up to 105 times of the layers that did not fit."""
    assert [str(w.message) for w in recwarn if w.category is UserWarning] == []


def test_weights_that_are_missing_or_of_another_network_are_named(tmp_path, recwarn):
    with pytest.raises(DataError, match=r"gone\.keras: no such file"):
        networks.build("mood", weights=str(tmp_path / "gone.keras"))
    networks.mood(widths=(4, 6, 8)).save_weights(tmp_path / "small.weights.h5")
    with pytest.raises(DataError, match=r"small\.weights\.h5: not the weights of mood"):
        networks.build("mood", weights=str(tmp_path / "small.weights.h5"))
    assert_no_warnings_of_weights(recwarn)


def test_names_in_any_spelling():
    assert spelled("Resnet50") == "ResNet50"
    assert spelled("mobilenetv2") == "MobileNetV2"
    assert spelled("LeNet") == "LeNet"


def test_unknown_name():
    with pytest.raises(ValueError, match="unknown network 'LeNet'"):
        networks.build("LeNet")
