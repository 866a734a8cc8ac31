"""Converting models that were trained elsewhere, with Keras 2 or 3."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="converting needs requirements-train.txt")
h5py = pytest.importorskip("h5py")

from fer.__main__ import main
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.model_card import installed
from fer.training.compat import all_layers
from fer.training.convert import convert
from fer.training.convert.read import read_model
from tests.training.conftest import channels_first

# What `model.to_json()` of Keras 2.4 wrote for a small network.
OLD = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential_1",
        "layers": [
            {
                "class_name": "Conv2D",
                "config": {
                    "name": "conv2d_1",
                    "trainable": True,
                    "batch_input_shape": [None, 48, 48, 1],
                    "dtype": "float32",
                    "filters": 4,
                    "kernel_size": [3, 3],
                    "strides": [2, 2],
                    "padding": "same",
                    "data_format": "channels_last",
                    "dilation_rate": [1, 1],
                    "groups": 1,
                    "activation": "relu",
                    "use_bias": True,
                    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                    "bias_initializer": {"class_name": "Zeros", "config": {}},
                    "kernel_regularizer": None,
                    "bias_regularizer": None,
                    "activity_regularizer": None,
                    "kernel_constraint": None,
                    "bias_constraint": None,
                },
            },
            {
                "class_name": "BatchNormalization",
                "config": {
                    "name": "batch_normalization_1",
                    "trainable": True,
                    "dtype": "float32",
                    "axis": [3],
                    "momentum": 0.99,
                    "epsilon": 0.001,
                    "center": True,
                    "scale": True,
                    "beta_initializer": {"class_name": "Zeros", "config": {}},
                    "gamma_initializer": {"class_name": "Ones", "config": {}},
                    "moving_mean_initializer": {"class_name": "Zeros", "config": {}},
                    "moving_variance_initializer": {"class_name": "Ones", "config": {}},
                },
            },
            {
                "class_name": "Flatten",
                "config": {
                    "name": "flatten_1",
                    "trainable": True,
                    "dtype": "float32",
                    "data_format": "channels_last",
                },
            },
            {
                "class_name": "Dense",
                "config": {
                    "name": "dense_1",
                    "trainable": True,
                    "dtype": "float32",
                    "units": 7,
                    "activation": "softmax",
                    "use_bias": True,
                },
            },
        ],
    },
    "keras_version": "2.4.0",
    "backend": "tensorflow",
}


@pytest.fixture
def old_form(tmp_path):
    """fer.json and fer.h5 as Keras 2 wrote them, and the weights in them."""
    (tmp_path / "fer.json").write_text(json.dumps(OLD))
    rng = np.random.default_rng(0)
    weights = {
        "conv2d_1": {"kernel:0": (3, 3, 1, 4), "bias:0": (4,)},
        "batch_normalization_1": dict.fromkeys(
            ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"), (4,)
        ),
        "flatten_1": {},
        "dense_1": {"kernel:0": (24 * 24 * 4, 7), "bias:0": (7,)},
    }
    values = {}
    with h5py.File(tmp_path / "fer.h5", "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in weights]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.4.0"
        for layer, shapes in weights.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/{name}".encode() for name in shapes]
            for name, shape in shapes.items():
                value = rng.uniform(0.01, 0.1, shape).astype(np.float32)
                group.create_dataset(f"{layer}/{name}", data=value)
                values[layer, name] = value
    return tmp_path / "fer.json", values


def small(size=48, channels=1, classes=7, activation="softmax") -> keras.Model:
    inputs = keras.Input((size, size, channels))
    x = keras.layers.Conv2D(4, 3, strides=4)(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation=activation)(x))


def test_old_architecture_and_weights(old_form, tmp_path):
    path, values = old_form
    convert.convert(path, tmp_path / "out", "fer2013")
    image = np.full((48, 48), 128, np.uint8)
    ours = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx").classify([image])[0]

    # The same network by hand, on an image of one grey level; only the padding differs.
    pixels = np.pad(np.full((48, 48), 128 / 255), ((0, 1), (0, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3))[::2, ::2]
    x = np.einsum("hwij,ijf->hwf", windows, values["conv2d_1", "kernel:0"][:, :, 0])
    x = np.maximum(x + values["conv2d_1", "bias:0"], 0)
    gamma, beta, mean, variance = (
        values["batch_normalization_1", name]
        for name in ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
    )
    x = (x - mean) / np.sqrt(variance + 0.001) * gamma + beta
    logits = x.reshape(-1) @ values["dense_1", "kernel:0"] + values["dense_1", "bias:0"]
    expected = np.exp(logits - logits.max())
    np.testing.assert_allclose(ours, expected / expected.sum(), atol=1e-4)


def test_missing_weights_are_asked_for(old_form, tmp_path):
    path, _ = old_form
    (tmp_path / "fer.h5").unlink()
    with pytest.raises(ModelError, match="--weights"):
        convert.convert(path, tmp_path / "out", "fer2013")


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".onnx"])
def test_weights_for_a_model_that_holds_its_own_are_refused(tmp_path, suffix):
    model, weights = tmp_path / f"mine{suffix}", tmp_path / "other.h5"
    model.touch()
    with pytest.raises(ModelError, match="holds its own weights"):
        convert.convert(model, tmp_path / "out", "fer2013", weights)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_whole_models(tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    small().save(path)
    card = convert.convert(path, tmp_path / "out", "folders")
    assert card["labels"] == sorted(EMOTIONS)
    assert card["output"] == "probabilities"
    assert card["name"] == "mine"


def test_a_conversion_that_fails_leaves_the_installed_model(tmp_path, monkeypatch):
    small().save(tmp_path / "m.keras")
    convert.convert(tmp_path / "m.keras", tmp_path / "models" / "m", "fer2013")
    before = {path: path.read_bytes() for path in (tmp_path / "models").rglob("*.*")}
    assert {path.name for path in before} == {"emotion.onnx", "emotion.json"}

    seen = []

    def look(*checked):
        seen.append(installed(tmp_path / "none", tmp_path / "models"))
        compare(*checked)

    compare = convert.check_draft
    monkeypatch.setattr(convert, "check_draft", look)
    monkeypatch.setattr(convert, "PARITY", -1.0)
    for name in ("m", "new"):
        with pytest.raises(ModelError, match=r"m\.keras: .* differ from Keras by 0\.0"):
            convert.convert(tmp_path / "m.keras", tmp_path / "models" / name, "folders")
    assert [[card.path.parent.name for card in cards] for cards in seen] == [["m"], ["m"]]
    assert {path: path.read_bytes() for path in (tmp_path / "models").rglob("*.*")} == before


def test_new_architecture_and_weights(tmp_path):
    model = small()
    (tmp_path / "a.json").write_text(model.to_json())
    model.save_weights(tmp_path / "a.weights.h5")
    convert.convert(tmp_path / "a.json", tmp_path / "out", "fer2013")


@pytest.mark.parametrize(
    ("classes", "labels", "first", "shown"),
    [
        (5, "angry,happy,neutral,sad,surprise", "angry", 7),
        (8, "affectnet", "neutral", 8),  # contempt is a class of its own
        (7, "fer2013", "angry", 7),
    ],
)
def test_colour_models_with_other_classes(tmp_path, classes, labels, first, shown):
    small(224, 3, classes, None).save(tmp_path / "m.keras")
    card = convert.convert(tmp_path / "m.keras", tmp_path / "out", labels, input="-1..1")
    assert card["output"] == "logits"
    assert card["labels"][0] == first
    assert card["preprocessing"]["color"] == "rgb"
    classifier = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx")
    crops = [np.zeros((60, 50, 3), np.uint8), np.zeros((30, 30), np.uint8)]
    assert classifier.classify(crops).shape == (2, shown)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("angry,happy", "7 outputs, but --labels angry,happy names 2"),
        ("a,b,c,d,e,f,g", "unknown emotion label"),
        ("happy,happy,sad,fear,angry,neutral,disgust", "a name is given twice"),
        ("kdef", "no set of that name; known are fer2013, folders, ferplus"),
    ],
)
def test_labels_that_do_not_fit(tmp_path, labels, said):
    small().save(tmp_path / "m.keras")
    with pytest.raises(ModelError, match=said):
        convert.convert(tmp_path / "m.keras", tmp_path / "out", labels)


def test_augmentation_stays_behind(tmp_path):
    flips = keras.layers.RandomFlip("horizontal")
    head = [keras.layers.Flatten(), keras.layers.Dense(7, activation="softmax")]
    model = keras.Sequential([keras.Input((48, 48, 1)), flips, *head])
    model.save(tmp_path / "m.keras")
    convert.convert(tmp_path / "m.keras", tmp_path / "out", "fer2013")


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float16"])
def test_a_network_of_half_precision_answers_in_32_bit(tmp_path, policy):
    """What it answered in half precision differed by 0.002, for which it was refused."""
    keras.config.set_dtype_policy(policy)
    try:
        keras.Sequential([keras.Input((48, 48, 1)), small()]).save(tmp_path / "m.keras")
    finally:
        keras.config.set_dtype_policy("float32")
    model = read_model(tmp_path / "m.keras")
    assert model.predict_on_batch(np.zeros((1, 48, 48, 1), np.float32)).dtype == np.float32
    assert {layer.compute_dtype for layer in all_layers(model)} == {"float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    convert.convert(tmp_path / "m.keras", tmp_path / "out", "fer2013")


def test_imagenet_means(tmp_path):
    model = small(48, 3)
    model.layers[-1].kernel.assign(model.layers[-1].kernel * 0.05)
    model.save(tmp_path / "m.keras")
    card = convert.convert(tmp_path / "m.keras", tmp_path / "out", "fer2013", input="imagenet")
    assert card["preprocessing"]["color"] == "bgr"
    assert card["preprocessing"]["normalization"] == {"kind": "scale", "scale": 1.0, "offset": 0.0}
    image = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    ours = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx").classify([image])
    expected = model.predict_on_batch(image[None] - np.float32([103.939, 116.779, 123.68]))
    np.testing.assert_allclose(ours, expected, atol=1e-5)

    small().save(tmp_path / "grey.keras")
    with pytest.raises(ModelError, match="one channel does not fit --input imagenet"):
        convert.convert(tmp_path / "grey.keras", tmp_path / "out", "fer2013", input="imagenet")


def test_models_that_are_no_emotion_networks(tmp_path):
    keras.Sequential([keras.Input((10,)), keras.layers.Dense(7)]).save(tmp_path / "m.keras")
    with pytest.raises(ModelError, match="expected square faces"):
        convert.convert(tmp_path / "m.keras", tmp_path / "out", "fer2013")
    inputs = keras.Input((48, 48, 1))
    keras.Model(inputs, keras.layers.Conv2D(7, 3)(inputs)).save(tmp_path / "n.keras")
    with pytest.raises(ModelError, match="expected one value a class"):
        convert.convert(tmp_path / "n.keras", tmp_path / "out", "fer2013")
    small().save(tmp_path / "k.keras")
    with pytest.raises(ModelError, match="1 channels do not fit --color rgb"):
        convert.convert(tmp_path / "k.keras", tmp_path / "out", "fer2013", color="rgb")


def test_files_that_are_no_models(tmp_path):
    (tmp_path / "m.keras").write_text("nonsense")
    with pytest.raises(ModelError, match="Keras cannot read it"):
        convert.convert(tmp_path / "m.keras", tmp_path / "out", "fer2013")
    with pytest.raises(ModelError, match="no such file"):
        convert.convert(tmp_path / "none.h5", tmp_path / "out", "fer2013")


def test_the_range_from_minus_one_works_on_the_command_line(tmp_path, capsys):
    small(channels=3).save(tmp_path / "m.keras")
    command = f"convert {tmp_path / 'm.keras'} --labels fer2013 --input -1..1 --out"
    assert main([*command.split(), str(tmp_path / "out")]) == 0, capsys.readouterr().err
    card = json.loads((tmp_path / "out" / "emotion.json").read_text("utf-8"))
    assert card["preprocessing"]["normalization"]["offset"] == -1.0


def test_a_console_that_lacks_letters_decides_nothing(tmp_path):
    """The model is installed, and the exit status says so, whatever the output can show."""
    channels_first(tmp_path / "mod\u00e8le.onnx")
    out = tmp_path / "\u8b1b\u7fa9"

    def convert_as_a_program(model) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "fer", "convert", model, "--labels", "fer2013", "--out", out],
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
            encoding="ascii",
            check=False,
        )

    done = convert_as_a_program(tmp_path / "mod\u00e8le.onnx")
    assert done.returncode == 0, done.stderr
    assert rf"{tmp_path}/\u8b1b\u7fa9/emotion.onnx: 40\xd740 rgb, 7 classes" in done.stdout
    assert {path.name for path in out.iterdir()} == {"emotion.onnx", "emotion.json"}
    missing = convert_as_a_program(tmp_path / "n\u00e9ant.onnx")
    assert missing.returncode == 1
    assert r"n\xe9ant.onnx: no such file" in missing.stderr
