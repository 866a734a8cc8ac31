"""What people hand to `convert`: each is converted rightly, or answered by what to do."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

import fer.training  # noqa: F401 - chooses Keras's backend, so it comes before Keras

keras = pytest.importorskip("keras", reason="converting needs requirements-train.txt")
h5py = pytest.importorskip("h5py")

from keras import layers

from fer.__main__ import main
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import EmotionClassifier
from fer.training.convert.convert import convert
from fer.training.convert.labels import SETS, label_names
from fer.training.convert.read import read_model
from tests.training.conftest import channels_first

HAPPY = EMOTIONS.index("happy")
FACE = np.full((48, 48), 90, np.uint8)


def ending_in(*last, classes: int = 7) -> keras.Model:
    """A network whose last layers are given; its logits are 5 for happy and -5 for the others."""
    inputs = keras.Input((48, 48, 1))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3, strides=4)(inputs))
    dense = layers.Dense(classes)
    x = dense(x)
    kernel = np.zeros((2, classes), np.float32)
    dense.set_weights([kernel, np.where(np.arange(classes) == HAPPY, 5, -5).astype(np.float32)])
    for layer in last:
        x = layer(x)
    return keras.Model(inputs, x)


def read_as(tmp_path, model: keras.Model, labels: str = "fer2013") -> tuple[dict, np.ndarray]:
    """The card of a converted model, and what the app reads with it."""
    model.save(tmp_path / "m.keras")
    card = convert(tmp_path / "m.keras", tmp_path / "out", labels)
    classifier = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx")
    return card, classifier.labels_probabilities([FACE])[0]


def softmax_of(happy: float, other: float) -> float:
    return 1 / (1 + 6 * np.exp(other - happy))


SIGMOID = 1 / (1 + np.exp(-5.0))

ENDS = {
    "no activation": ([], "logits", softmax_of(5, -5)),
    "softmax": ([layers.Softmax()], "probabilities", softmax_of(5, -5)),
    # The app gives a face one expression: 0.993 of a sum of 1.033.
    "sigmoids": (
        [layers.Activation("sigmoid")],
        "probabilities",
        SIGMOID / (SIGMOID + 6 * (1 - SIGMOID)),
    ),
    "log softmax": ([layers.Activation("log_softmax")], "logits", softmax_of(5, -5)),
    "softmax, then layers that keep it": (
        [layers.Softmax(), layers.Reshape((7, 1)), layers.Flatten(), layers.Dropout(0.5)],
        "probabilities",
        softmax_of(5, -5),
    ),
    # Softmax is all that tells these numbers from probabilities: their sum is 1, too.
    "logits whose sum is one": ([layers.Rescaling(1 / 25, offset=2.2 / 7)], "logits", None),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_output_is_read_from_the_model(tmp_path, name):
    last, kind, happy = ENDS[name]
    card, probabilities = read_as(tmp_path, ending_in(*last))
    assert card["output"] == kind
    assert probabilities.sum() == pytest.approx(1)
    if happy is not None:
        assert probabilities[HAPPY] == pytest.approx(happy, abs=1e-4)


def test_a_sigmoid_that_says_happy_stays_happy(tmp_path):
    """It became 0.31: sigmoids do not add up to 1, so they were taken for logits."""
    _, probabilities = read_as(tmp_path, ending_in(layers.Activation("sigmoid")))
    assert probabilities[HAPPY] > 0.95


def test_the_mean_of_several_networks_keeps_its_kind(tmp_path):
    inputs = keras.Input((48, 48, 1))
    heads = [ending_in(layers.Softmax())(inputs) for _ in range(3)]
    card, probabilities = read_as(tmp_path, keras.Model(inputs, layers.Average()(heads)))
    assert card["output"] == "probabilities"
    assert probabilities[HAPPY] == pytest.approx(softmax_of(5, -5), abs=1e-4)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_an_output_that_is_neither_is_refused(tmp_path, activation):
    model = ending_in(layers.Activation(activation))
    with pytest.raises(ModelError, match=r"m\.keras: its last layers give the output of (Rel|Tan)"):
        read_as(tmp_path, model)
    assert not (tmp_path / "out").exists()


class Squeezed(layers.Layer):
    """A class of its author's own."""

    def call(self, inputs):
        return inputs * 0.5


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Squeezed(name="mine"), r"the layer 'mine' \(Squeezed\) is not one of Keras 3.*tf2onnx"),
        (layers.Lambda(lambda x: x / 2, name="half"), r"'half' \(Lambda\) holds.*--input"),
    ],
)
def test_layers_with_code_are_answered_by_what_to_do(tmp_path, layer, said, suffix):
    ending_in(layer).save(tmp_path / f"m{suffix}")
    with pytest.raises(ModelError, match=said) as caught:
        convert(tmp_path / f"m{suffix}", tmp_path / "out", "fer2013")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("old", [False, True])
def test_no_layer_reads_a_file(tmp_path, old):
    """A StringLookup opens the file that it names while Keras builds it."""
    secret = tmp_path / "secret.txt"
    secret.write_text("a\nb\n")
    config = {"name": "words", "vocabulary": str(secret), "dtype": "string"}
    layer = {"class_name": "StringLookup", "config": config, "name": "words", "inbound_nodes": []}
    first = {"class_name": "InputLayer", "name": "a", "inbound_nodes": []}
    first["config"] = {"name": "a", "batch_input_shape": [None, 48, 48, 1], "dtype": "float32"}
    network = {"name": "m", "layers": [first, layer]}
    network |= {"input_layers": [["a", 0, 0]], "output_layers": [["a", 0, 0]]}
    if old:
        whole = {"class_name": "Functional", "config": network, "keras_version": "2.15.0"}
    else:
        whole = {"class_name": "Functional", "config": network, "module": "keras"}
    (tmp_path / "m.json").write_text(json.dumps(whole))
    ending_in().save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ModelError, match=r"'words' \(StringLookup\) reads files"):
        read_model(tmp_path / "m.json")


@pytest.mark.parametrize("way", ["link", "kept outside"])
def test_weights_are_not_read_from_other_files(tmp_path, way):
    model = ending_in()
    (tmp_path / "m.json").write_text(model.to_json())
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5", "r+") as file:
        if way == "link":
            file["other"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/a")
        else:
            secret = [(str(tmp_path / "secret.txt"), 0, h5py.h5f.UNLIMITED)]
            file.create_dataset("other", (4,), "f4", external=secret)
    with pytest.raises(ModelError, match=r"m\.json: its part 'other' is .*another file"):
        read_model(tmp_path / "m.json")


def test_weights_alone_are_answered_by_what_to_do(tmp_path):
    ending_in().save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ModelError, match=r"holds weights only.*to_json\(\)"):
        convert(tmp_path / "m.weights.h5", tmp_path / "out", "fer2013")
    # As the message says.
    (tmp_path / "model.json").write_text(ending_in().to_json())
    weights = tmp_path / "m.weights.h5"
    convert(tmp_path / "model.json", tmp_path / "out", "fer2013", weights)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="writes a SavedModel")
@pytest.mark.filterwarnings("ignore")  # of the tools of TensorFlow
def test_a_saved_model_comes_in_as_the_message_says(tmp_path, monkeypatch):
    """With a layer of its author's own in it, which no Keras file can bring."""
    monkeypatch.chdir(tmp_path)
    model = ending_in(Squeezed(), layers.Softmax())
    model.export("saved", verbose=False)
    with pytest.raises(ModelError) as caught:
        convert(Path("saved"), tmp_path / "out", "fer2013")
    command = str(caught.value).split("`")[1].split()
    assert command[:3] == ["python", "-m", "tf2onnx.convert"]
    # In this process, since TensorFlow, which another one would load, takes seconds.
    monkeypatch.setattr(sys, "argv", command[2:])
    runpy.run_module(command[2], run_name="__main__")
    card = convert(Path("saved.onnx"), tmp_path / "out", "fer2013")
    assert card["output"] == "probabilities"
    ours = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx").classify([FACE, FACE])
    expected = model.predict_on_batch(np.full((2, 48, 48, 1), 90 / 255, np.float32))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize("batch", ["n", 1])
@pytest.mark.parametrize("given", ["none", "imagenet"])
def test_an_onnx_file_of_torch(tmp_path, batch, given):
    kernel = channels_first(tmp_path / "t.onnx", batch)
    card = convert(tmp_path / "t.onnx", tmp_path / "out", "fer2013", input=given)
    assert card["preprocessing"]["layout"] == "NCHW"
    assert card["output"] == "logits"
    crops = np.random.default_rng(1).integers(0, 256, (3, 40, 40, 3), np.uint8)
    ours = EmotionClassifier.load(tmp_path / "out" / "emotion.onnx").classify(crops)
    if given == "imagenet":
        means = crops.mean((1, 2)) - [103.939, 116.779, 123.68]
    else:
        means = crops[..., ::-1].mean((1, 2))
    expected = np.exp(means @ kernel.T)
    np.testing.assert_allclose(ours, expected / expected.sum(1, keepdims=True), atol=1e-5)


def changed(path: Path, change) -> None:
    """Change the network that `channels_first` writes."""
    channels_first(path, 1)
    model = onnx.load(path)
    change(model.graph)
    onnx.save(model, path)


def for_one_face(graph) -> None:
    """Flatten as torch writes `view(x.size(0), -1)` if it is told no other batch than that of 1."""
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([1, -1]), "shape"))
    graph.node[1].CopyFrom(onnx.helper.make_node("Reshape", ["mean", "shape"], ["flat"]))


def in_half_precision(graph) -> None:
    graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    graph.node[0].input[0] = "whole"
    graph.node.insert(0, onnx.helper.make_node("Cast", ["x"], ["whole"], to=1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (for_one_face, r"t\.onnx: cannot read several .*dynamic_axes"),
        (in_half_precision, r"t\.onnx: its input is float16; .*32 bit"),
    ],
)
def test_an_onnx_file_that_does_not_fit_is_answered_by_what_to_do(tmp_path, change, said):
    changed(tmp_path / "t.onnx", change)
    with pytest.raises(ModelError, match=said) as caught:
        convert(tmp_path / "t.onnx", tmp_path / "out", "fer2013")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_onnx_file_that_is_none(tmp_path):
    (tmp_path / "t.onnx").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match=r"t\.onnx: no readable ONNX file"):
        convert(tmp_path / "t.onnx", tmp_path / "out", "fer2013")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelError, match="folder is a folder"):
        convert(tmp_path / "folder", tmp_path / "out", "fer2013")


def test_a_number_of_outputs_that_does_not_fit_is_refused():
    """Eight were renamed to FER2013's seven and contempt, five to the common five."""
    with pytest.raises(ModelError, match=r"8 outputs.*fer2013 names 7.*\(ferplus, affectnet\)"):
        label_names("fer2013", 8)
    with pytest.raises(ModelError, match=r"5 outputs.*folders names 7.*separated by commas"):
        label_names("folders", 5)
    for name, names in SETS.items():
        assert label_names(name, len(names)) == names


def test_seven_outputs_may_be_those_of_another_set(tmp_path, capsys):
    ending_in().save(tmp_path / "m.keras")
    command = ["convert", str(tmp_path / "m.keras"), "--out", str(tmp_path / "out"), "--labels"]
    assert main([*command, "fer2013"]) == 0
    said = capsys.readouterr().err
    assert "ckplus (angry, contempt, disgust, fear, happy, sad, surprise)" in said
    assert main([*command, "ckplus"]) == 0
    card = json.loads((tmp_path / "out" / "emotion.json").read_text("utf-8"))
    assert card["labels"][1] == "contempt"
    # Whoever names them one by one knows them.
    capsys.readouterr()
    assert main([*command, ",".join(EMOTIONS)]) == 0
    assert capsys.readouterr().err == ""
