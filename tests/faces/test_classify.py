import json
import threading

import numpy as np
import pytest
from onnx import TensorProto, helper

from fer.emotions import EMOTIONS, KNOWN
from fer.errors import ModelError
from fer.faces.classify import SHARE, EmotionClassifier, calibrated
from fer.network import open_network, softmax
from fer.settings import ROOT


def network(width=4, height=4, channels=1, classes=7, layout="NHWC"):
    """A network whose logits are the sums of its first pixels, as ONNX bytes."""
    size = width * height * channels
    shape = [None, height, width, channels] if layout == "NHWC" else [None, channels, height, width]
    weights = np.zeros((size, classes), np.float32)
    weights[:classes, :classes] = np.eye(classes)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["x"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["y"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, classes])],
        [helper.make_tensor("w", TensorProto.FLOAT, weights.shape, weights.ravel())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return model.SerializeToString()


def card(**changes):
    preprocessing = {
        "color": "grey",
        "width": 4,
        "height": 4,
        "layout": "NHWC",
        "normalization": {"kind": "scale", "scale": 1 / 255, "offset": 0.0},
    } | changes.pop("preprocessing", {})
    base = {"format": 1, "name": "tiny", "labels": list(EMOTIONS), "output": "logits"}
    return base | {"temperature": 1.0, "preprocessing": preprocessing} | changes


def test_probabilities_follow_the_pixels():
    crop = np.zeros((4, 4), np.uint8)
    crop[0, 2] = 255
    (row,) = EmotionClassifier(network(), card()).classify([crop])
    assert np.allclose(row, softmax(np.eye(7)[2]), atol=1e-6)
    assert row.dtype == np.float32


def test_the_floor_takes_small_probabilities_away():
    result = calibrated(np.log([[0.9, 0.09, 0.01]]), 1.0, floor=0.01)
    parts = np.array([0.81 / 0.91, 0.0081 / 0.1, 0.0001 / 0.02])
    assert np.allclose(result, parts / parts.sum())
    assert np.allclose(calibrated(np.log([[0.9, 0.1]]), 1.0), [0.9, 0.1])
    assert np.isfinite(calibrated(np.array([[900.0, -900.0]]), 1.0, floor=0.01)).all()


def test_the_card_names_the_floor():
    crop = np.zeros((4, 4), np.uint8)
    crop[0, 2] = 255
    (plain,) = EmotionClassifier(network(), card()).classify([crop])
    (row,) = EmotionClassifier(network(), card(floor=0.05)).classify([crop])
    assert row.max() > plain.max()
    assert row.argmax() == plain.argmax()


def test_temperature_flattens():
    crop = np.zeros((4, 4), np.uint8)
    crop[0, 2] = 255
    (row,) = EmotionClassifier(network(), card(temperature=2.0)).classify([crop])
    assert np.allclose(row, softmax(np.eye(7)[2] / 2), atol=1e-6)


def test_standardised_input_forgets_brightness_and_contrast():
    standard = {"normalization": {"kind": "standardize", "epsilon": 1e-3}}
    classifier = EmotionClassifier(network(), card(preprocessing=standard))
    crop = np.arange(16, dtype=np.uint8).reshape(4, 4)
    rows = classifier.classify([crop, 50 + 3 * crop])
    assert np.allclose(rows[0], rows[1], atol=1e-3)


def test_a_flat_crop_gives_finite_probabilities():
    standard = {"normalization": {"kind": "standardize", "epsilon": 1e-3}}
    classifier = EmotionClassifier(network(), card(preprocessing=standard))
    assert np.isfinite(classifier.classify([np.full((9, 9), 77, np.uint8)])).all()


@pytest.mark.parametrize("color", ["rgb", "bgr"])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_colour_order_and_layout(color, layout):
    crop = np.zeros((4, 4, 3), np.uint8)
    crop[:, :, 2] = 255  # red, as BGR
    preprocessing = {"color": color, "layout": layout}
    classifier = EmotionClassifier(
        network(channels=3, layout=layout), card(preprocessing=preprocessing)
    )
    (row,) = classifier.classify([crop])
    red = {"rgb": 0, "bgr": 2}[color]
    logits = np.zeros(7)
    if layout == "NHWC":
        logits[[i for i in range(7) if i % 3 == red]] = 1
    elif red == 0:
        logits[:] = 1
    assert np.allclose(row, softmax(logits), atol=1e-6)


def test_crops_of_different_sizes_make_one_batch():
    classifier = EmotionClassifier(network(), card())
    crops = [np.zeros(shape, np.uint8) for shape in ((1, 1), (100, 3), (9, 9, 3), (9, 9, 1))]
    assert classifier.classify(crops).shape == (4, 7)


def test_no_crops_give_no_rows():
    assert EmotionClassifier(network(), card()).classify([]).shape == (0, 7)


def test_other_label_sets_are_mapped():
    labels = ["neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"]
    classifier = EmotionClassifier(network(classes=8), card(labels=labels))
    assert classifier.classes == KNOWN
    crop = np.zeros((4, 4), np.uint8)
    crop[1, 3] = 255  # the pixel of the last label
    (values,) = classifier.labels_probabilities([crop])
    (row,) = classifier.classify([crop])
    assert row[KNOWN.index("contempt")] == values[7] == row.max()
    assert row[KNOWN.index("disgust")] == values[5]
    assert row.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("crop", "named"),
    [
        (np.zeros((4, 4), np.float32), "float32"),
        (np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)"),
        (np.zeros((0, 4), np.uint8), r"\(0, 4\)"),
        ("face", "str"),
    ],
)
def test_what_is_no_crop_is_named(crop, named):
    with pytest.raises(ValueError, match=named):
        EmotionClassifier(network(), card()).classify([crop])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"format": 99}, "format 99"),
        ({"labels": ["happy", "sad"]}, "7 outputs"),
        ({"labels": ["bored"] * 7}, "bored"),
        ({"output": "vibes"}, "vibes"),
        ({"preprocessing": {"width": 9}}, "does not accept"),
        ({"preprocessing": {"normalization": {"kind": "magic"}}}, "magic"),
        ({"preprocessing": {"color": "purple"}}, "purple"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_card_that_does_not_fit_is_refused(changes, named):
    with pytest.raises(ModelError, match=named):
        EmotionClassifier(network(), card(**changes))


def test_files_that_cannot_be_used_are_named(tmp_path):
    path = tmp_path / "emotion.onnx"
    with pytest.raises(ModelError, match=r"emotion\.onnx"):
        EmotionClassifier.load(path)
    path.write_bytes(b"rubbish")
    with pytest.raises(ModelError, match=r"emotion\.json"):
        EmotionClassifier.load(path)
    path.with_suffix(".json").write_text("{")
    with pytest.raises(ModelError, match="not JSON"):
        EmotionClassifier.load(path)
    path.with_suffix(".json").write_text(json.dumps(card()))
    with pytest.raises(ModelError, match="onnxruntime"):
        EmotionClassifier.load(path)


def test_shipped_model_is_small_and_says_where_it_comes_from(classifier):
    path = ROOT / "models" / "emotion.onnx"
    assert path.stat().st_size <= 6e6
    assert classifier.labels == EMOTIONS
    assert {"metrics", "training", "data"} <= set(classifier.card)


@pytest.fixture
def sizes(monkeypatch):
    """How many pictures each call of a network gets, for networks that are opened afterwards."""
    sizes = []

    class Session:
        def __init__(self, *args):
            self.session = open_network(*args)
            self.get_inputs = self.session.get_inputs

        def run(self, outputs, inputs):
            sizes.append(len(inputs["x"]))
            return self.session.run(outputs, inputs)

    monkeypatch.setattr("fer.faces.classify.open_network", Session)
    return sizes


def noise(count):
    return list(np.random.default_rng(0).integers(0, 256, (count, 4, 4), np.uint8))


def test_many_crops_are_read_in_slices_and_a_live_frame_in_one_call_each_way(sizes):
    classifier = EmotionClassifier(network(), card(mirror=True), threads=1)
    crops = noise(150)
    alone = np.concatenate([classifier.classify([crop]) for crop in crops])
    sizes.clear()
    np.testing.assert_allclose(classifier.classify(iter(crops)), alone, atol=1e-6)
    assert sizes == [64, 64, 64, 64, 22, 22]  # each face twice, once mirrored
    sizes.clear()
    classifier.classify(crops[:50])
    assert sizes == [50, 50]


def one_bright_pixel(brightness, x):
    """A crop whose `network` logits are 0 but for the one of its first row's pixel x."""
    crop = np.zeros((4, 4), np.uint8)
    crop[0, x] = brightness
    return crop


def test_only_a_face_that_is_not_sure_is_read_again_as_its_mirror_image(sizes):
    stretched = {"normalization": {"kind": "scale", "scale": 0.04, "offset": 0.0}}
    sure, unsure = one_bright_pixel(255, 0), one_bright_pixel(50, 0)  # logits of 10.2 and of 2
    classifier = EmotionClassifier(
        network(), card(mirror=True, mirror_below=0.9, preprocessing=stretched)
    )
    sizes.clear()
    rows = classifier.classify([sure, unsure, sure])
    assert sizes == [3, 1]
    np.testing.assert_allclose(rows[0], softmax(10.2 * np.eye(7)[0]), atol=1e-6)
    np.testing.assert_allclose(rows[1], softmax(np.eye(7)[0] + np.eye(7)[3]), atol=1e-6)
    np.testing.assert_array_equal(rows[2], rows[0])
    (both,) = classifier.outputs([sure])
    np.testing.assert_allclose(both[0], 5.1 * (np.eye(7)[0] + np.eye(7)[3]), atol=1e-5)


def test_a_network_that_gives_probabilities_is_mirrored_as_its_card_says():
    crop = one_bright_pixel(255, 0)
    crop[0, 3] = 85
    classifier = EmotionClassifier(network(), card(mirror=True, output="probabilities"))
    (row,) = classifier.classify([crop])
    assert row[0] == pytest.approx(0.5, abs=1e-5)
    assert row[3] == pytest.approx(0.5, abs=1e-5)
    (alone,) = EmotionClassifier(
        network(), card(mirror=True, mirror_below=0.7, output="probabilities")
    ).classify([crop])
    assert alone[0] == pytest.approx(0.75, abs=1e-5)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("faces", [1, 7, 8, 25, 64])
def test_threads_share_the_mirrored_faces_and_read_the_same(threads, faces, sizes):
    crops = noise(faces)
    (plain,) = EmotionClassifier(network(), card(mirror=True), threads=1).outputs(crops)
    classifier = EmotionClassifier(network(), card(mirror=True), threads=threads)
    sizes.clear()
    (shared,) = classifier.outputs(crops)
    np.testing.assert_array_equal(shared, plain)
    half = len(sizes) // 2
    for once in (sizes[:half], sizes[half:]):  # the faces, then their mirror images
        assert sum(once) == faces
        assert len(once) == 1 or (len(once) % threads == 0 and min(once) >= SHARE)


def test_a_share_that_fails_in_another_thread_is_an_error(monkeypatch):
    both_read, seen, main = threading.Barrier(2), set(), threading.current_thread()

    class Session:
        def __init__(self, *args):
            self.session = open_network(*args)
            self.get_inputs = self.session.get_inputs

        def run(self, outputs, inputs):
            thread = threading.current_thread()
            if len(inputs["x"]) >= SHARE and thread not in seen:
                seen.add(thread)
                both_read.wait(10)
                if thread is not main:
                    raise RuntimeError("no memory left")
            return self.session.run(outputs, inputs)

    monkeypatch.setattr("fer.faces.classify.open_network", Session)
    classifier = EmotionClassifier(network(), card(mirror=True), threads=2)
    with pytest.raises(RuntimeError, match="no memory left"):
        classifier.classify(noise(64))
