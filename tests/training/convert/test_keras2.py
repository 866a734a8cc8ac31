"""Reading models that Keras 2 wrote."""

from __future__ import annotations

import json

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="converting needs requirements-train.txt")
pytest.importorskip("h5py")

from keras import layers

from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.training.convert import convert
from fer.training.convert.read import read_model
from tests.training.convert import keras2_files


def head() -> list:
    return [layers.Flatten(), layers.Dense(7, activation="softmax")]


def body(width: int = 4, stride: int = 4):
    inputs = keras.Input((48, 48, 3))
    x = layers.Conv2D(width, 3, strides=stride, padding="same")(inputs)
    return keras.Model(inputs, layers.BatchNormalization()(x))


def functional(*middle):
    x = inputs = keras.Input((48, 48, 3))
    for layer in (*middle, *head()):
        x = layer(x)
    return keras.Model(inputs, x)


def transfer():
    """Augmentation, then a frozen network that is called twice."""
    augment = keras.Sequential([keras.Input((48, 48, 3)), layers.RandomFlip("horizontal")])
    frozen = body(3, 1)
    frozen.trainable = False
    return functional(augment, frozen, frozen, layers.MaxPooling2D(4))


def network_as_output(sequential: bool):
    inputs = keras.Input((48, 48, 3))
    last = keras.Sequential([keras.Input((12, 12, 4)), *head()])
    if not sequential:
        last = keras.Model(last.inputs, last.outputs[0])
    return keras.Model(inputs, last(body()(inputs)))


NETWORKS = {
    "batch norm": lambda: keras.Sequential(
        [
            keras.Input((48, 48, 1)),
            layers.Conv2D(4, 3, strides=4),
            layers.BatchNormalization(),
            *head(),
        ]
    ),
    "depthwise": lambda: functional(layers.DepthwiseConv2D(3, strides=4)),
    "separable": lambda: functional(layers.SeparableConv2D(4, 3, strides=4)),
    "random flip": lambda: functional(layers.RandomFlip("horizontal"), layers.MaxPooling2D(8)),
    "network in a Sequential": lambda: keras.Sequential(
        [keras.Input((48, 48, 3)), body(), *head()]
    ),
    "networks in a functional one": transfer,
    "Sequential as the output": lambda: network_as_output(True),
    "functional network as the output": lambda: network_as_output(False),
}

FORMS = {
    ".json": keras2_files.save_json,
    ".h5": keras2_files.save_h5,
    ".keras": keras2_files.save_keras,
}


def network(name: str):
    """A network of `NETWORKS` whose weights all differ."""
    model = NETWORKS[name]()
    rng = np.random.default_rng(0)
    for weight in model.weights:
        spread = (0.5, 1.5) if len(weight.shape) == 1 else (-0.1, 0.1)
        weight.assign(rng.uniform(*spread, weight.shape))
    return model


def images(model) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 1, (2, *model.input_shape[1:])).astype(np.float32)


def assert_same(model, converted) -> None:
    inputs = images(model)
    expected = model.predict_on_batch(inputs)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(converted.predict_on_batch(inputs), expected, atol=1e-5)


@pytest.mark.parametrize("suffix", FORMS)
@pytest.mark.parametrize("name", NETWORKS)
def test_forms(tmp_path, name, suffix):
    model = network(name)
    path = tmp_path / f"model{suffix}"
    FORMS[suffix](model, path)
    assert_same(model, read_model(path))


def test_to_the_app(tmp_path):
    model = network("networks in a functional one")
    keras2_files.save_keras(model, tmp_path / "model.keras")
    card = convert.convert(tmp_path / "model.keras", tmp_path / "out", "fer2013")
    assert card["output"] == "probabilities"
    image = np.random.default_rng(1).integers(0, 256, (48, 48, 3), np.uint8)
    ours = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx").classify([image])
    expected = model.predict_on_batch(image[None, ..., ::-1] / np.float32(255))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_either_layout_of_weights_has_any_name(tmp_path):
    model = network("batch norm")
    keras2_files.save_json(model, tmp_path / "a.json")
    old, new = tmp_path / "old.weights.h5", tmp_path / "new.h5"
    (tmp_path / "a.h5").rename(old)
    model.save_weights(tmp_path / "a.weights.h5")
    (tmp_path / "a.weights.h5").rename(new)
    for weights in (old, new):
        assert_same(model, read_model(tmp_path / "a.json", weights))


def test_a_keras_file_from_before_that_form(tmp_path):
    model = network("batch norm")
    keras2_files.save_h5(model, tmp_path / "a.h5")
    assert_same(model, read_model((tmp_path / "a.h5").rename(tmp_path / "a.keras")))


def test_half_precision_of_training(tmp_path):
    model = network("batch norm")
    keras2_files.save_json(model, tmp_path / "a.json")
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    policy |= {"module": "keras.mixed_precision", "registered_name": None}
    text = (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").write_text(
        text.replace('"dtype": "float32"', json.dumps({"dtype": policy})[1:-1])
    )
    assert_same(model, read_model(tmp_path / "a.json"))


def test_a_layer_that_keras_3_lacks(tmp_path):
    keras2_files.save_json(network("depthwise"), tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").write_text(text.replace('"DepthwiseConv2D"', '"TFOpLambda"'))
    with pytest.raises(ModelError, match=r"a\.json: the layer 'depthwise.*\(TFOpLambda\) is not"):
        read_model(tmp_path / "a.json")
