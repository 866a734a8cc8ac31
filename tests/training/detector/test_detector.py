"""Training a face detector: photographs, scenes, loss and exam, and a whole training."""

from __future__ import annotations

import json
import zipfile

import cv2
import numpy as np
import onnx
import pytest

keras = pytest.importorskip("keras", reason="training needs requirements-train.txt")

import train
from fer.faces.detect.anchor_free import STRIDES, decode, grid
from fer.faces.detect.base import Detection
from fer.faces.detect.bundled import Bundled
from fer.network import open_network
from fer.training.detector import train as task
from fer.training.detector.answers import SIZE, settled
from fer.training.detector.batches import Batches
from fer.training.detector.evaluation import Exam, choose_threshold
from fer.training.detector.export import round_stem, rounded, write_onnx
from fer.training.detector.network import (
    FEWEST,
    VALUES,
    DetectionLoss,
    detector,
)
from fer.training.detector.photos import PARTS, Photos, teach
from fer.training.detector.processes import composing
from fer.training.detector.scenes import Composer
from fer.training.files import DataError
from fer.training.schedule import Schedule

pytestmark = pytest.mark.usefixtures("eager")


@pytest.fixture(scope="module")
def folder(astronaut, tmp_path_factory):
    """Eight pictures of one face, mirrored and cut in different ways.

    By the hashes of these names five are for training, one for validation and two for the test.
    """
    folder = tmp_path_factory.mktemp("photos") / "deep"
    folder.mkdir()
    for number in range(32, 40):
        picture = astronaut[number : 300 + number, 60 + number : 360 + number]
        picture = picture[:, ::-1] if number % 2 else picture
        cv2.imwrite(str(folder / f"{number}.jpg"), cv2.resize(picture, (224, 224)))
    return folder.parent


@pytest.fixture(scope="module")
def photos(folder):
    return Photos.read(folder)


def test_photographs_of_a_folder_and_of_a_zip_are_the_same(folder, photos, tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for file in folder.rglob("*.jpg"):
            archive.write(file, file.name)
        archive.writestr("notes.txt", "no picture")
    packed = Photos.read(tmp_path / "photos.zip")
    assert sorted(packed.files) == sorted(photos.files)
    for tenths in PARTS.values():
        assert sorted(packed.part(tenths).files) == sorted(photos.part(tenths).files)
    assert photos[0].shape == (224, 224, 3)


def test_no_photograph_is_in_two_parts(photos):
    parts = [set(photos.part(tenths).names) for tenths in PARTS.values()]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(photos)
    assert all(parts)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "neither a folder nor a zip"),
        (lambda path: path.write_bytes(b"PK"), "neither a folder nor a zip"),
        (lambda path: path.mkdir(), "holds no pictures; found no files"),
    ],
)
def test_what_holds_no_photographs_is_refused(make, message, tmp_path):
    make(tmp_path / "photos")
    with pytest.raises(DataError, match=message):
        Photos.read(tmp_path / "photos")


def test_a_damaged_photograph_is_named():
    with pytest.raises(DataError, match=r"broken\.jpg: not a readable"):
        Photos(("broken.jpg",), (b"\xff\xd8 and no more",))[0]


def test_damaged_photographs_are_named(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "1.jpg").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"1\.jpg: cannot be read"):
        Photos.read(tmp_path / "folder")
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"what is in it")
    path.write_bytes(path.read_bytes().replace(b"what", b"that"))
    with pytest.raises(DataError, match=r"photos\.zip: 1\.jpg: cannot be read .*CRC"):
        Photos.read(path)


def test_the_teacher_is_asked_once(photos, yunet, tmp_path):
    few = Photos(photos.names[:4], photos.files[:4])
    faces = teach(few, yunet, tmp_path / "faces.npy")
    assert set(faces[:, 0]) == {0, 1, 2, 3}
    assert (np.diff(faces[:, 0]) >= 0).all()
    np.testing.assert_array_equal(teach(few, None, tmp_path / "faces.npy"), faces)
    other = Photos(photos.names[4:6], photos.files[4:6])
    assert set(teach(other, yunet, tmp_path / "faces.npy")[:, 0]) == {0, 1}


@pytest.mark.parametrize("tilted", [0.0, 0.5])
def test_scenes_depend_on_their_number_only(tilted, photos, yunet, tmp_path):
    faces = teach(photos, yunet, tmp_path / "faces.npy")
    composer, settings = Composer(photos, faces, yunet, tilted), Schedule(batch=3)

    def batches(epoch, compose=lambda part, count, seed: composer.batch(count, seed)):
        return Batches(compose, "training", len(photos), settings, epoch)

    assert len(batches(1)) == 2
    scenes, answers = batches(1)[1]
    places = sum((SIZE // stride) ** 2 for stride in STRIDES)
    assert scenes.shape == (3, SIZE, SIZE, 3)
    assert answers.shape == (3, places, VALUES)
    assert answers.dtype == np.float32
    assert np.isfinite(answers).all()
    assert answers[..., 0].max() > 0.6  # the scenes show faces
    again = batches(1)[1]
    np.testing.assert_array_equal(again[0], scenes)
    np.testing.assert_array_equal(again[1], answers)
    assert (batches(2)[1][0] != scenes).any()


def test_eyes_tilt_with_the_pictures(photos, yunet, tmp_path):
    """The teacher's landmarks alone hardly tilt."""
    faces = teach(photos, yunet, tmp_path / "faces.npy")
    spread = {}
    for tilted in (0.0, 1.0):
        answers = Composer(photos, faces, yunet, tilted).batch(40, (1, 0, 0))[1]
        points = answers[answers[..., 0] > 0.5][:, 5:].reshape(-1, 5, 2)
        across = points[:, 1] - points[:, 0]
        spread[tilted] = np.std(np.degrees(np.arctan2(across[:, 1], across[:, 0])))
    assert spread[0.0] < 12
    assert spread[1.0] > 20


def test_processes_compose_the_same_scenes(photos, yunet, tmp_path):
    faces = teach(photos, yunet, tmp_path / "faces.npy")
    composers = {"training": Composer(photos, faces, yunet, 0.5)}
    batches = []
    for workers in (1, 2):
        with composing(composers, workers) as compose:
            batches.append(compose("training", 2, (1, 0, 3)))
    for ours, theirs in zip(*batches, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_all_places_of_a_face_say_what_the_surest_says():
    corners, strides = grid(SIZE, SIZE)
    answers = np.full((len(corners), VALUES), np.inf, np.float32)
    answers[:, 0] = 0.1
    # Two faces of 40 px; the first is seen by three places at two strides, which disagree.
    seen = {(0, 50): (0.6, 60), (0, 52): (0.9, 62), (1, 30): (0.5, 66), (0, 500): (0.7, 200)}
    starts = {0: 0, 1: (SIZE // 8) ** 2}
    places = {}
    for (level, place), (score, x) in seen.items():
        at = starts[level] + place
        size = np.log(40 / strides[at])
        centre = (np.array([x, 100]) / strides[at]) - corners[at]
        points = np.tile((np.array([x - 5, 90]) / strides[at]) - corners[at], 5)
        answers[at] = [score, *centre, *size, *size, *points]
        places[at] = x
    agreed = settled(answers)
    np.testing.assert_array_equal(agreed[:, 0], answers[:, 0])
    rows = decode(agreed[list(places)], corners[list(places)], strides[list(places)])
    for row, x in zip(rows, places.values(), strict=True):
        x = 62 if x < 100 else 200
        np.testing.assert_allclose(row[:4], [x - 20, 80, 40, 40], rtol=1e-4)
        np.testing.assert_allclose(row[5:], [x - 5, 90] * 5, rtol=1e-4)
    others = np.delete(agreed, list(places), axis=0)
    assert (others[:, 1:] == 0).all()


def test_loss_by_hand():
    truth = np.zeros((1, 2, VALUES), np.float32)
    truth[0, 0, 0] = 0.8  # a face of 1 × 1 strides in the first place, none in the second
    answer = np.zeros((1, 2, VALUES), np.float32)
    answer[0, 1, 0] = -50
    loss = DetectionLoss(box=0.5, landmarks=0.25)
    assert float(loss(truth, answer)) == pytest.approx(np.log(2) / FEWEST)
    answer[0, 0, 1] = 0.5  # the centre is half a face too far right
    answer[0, 0, 5:] = 0.1
    more = 0.8 * (0.5 * 0.5 + 0.25 * 10 * 0.1 / 5)
    assert float(loss(truth, answer)) == pytest.approx((np.log(2) + more) / FEWEST, rel=1e-5)
    truth[0, 0, 0] = 0.2  # too unsure to learn a box from
    answer[0, 0, 0] = np.log(0.2 / 0.8)
    entropy = -0.2 * np.log(0.2) - 0.8 * np.log(0.8)
    assert float(loss(truth, answer)) == pytest.approx(entropy / FEWEST, abs=1e-6)


@pytest.mark.compiled
def test_the_loss_can_be_compiled():
    """As users train, with numbers of batches and places that the compiler does not know."""
    network = keras.Sequential([keras.Input((None, VALUES)), keras.layers.Dense(VALUES)])
    network.compile("sgd", DetectionLoss(box=0.5, landmarks=0.25))
    answers = np.random.default_rng(0).uniform(size=(2, 3, VALUES)).astype(np.float32)
    before = network.test_on_batch(answers, answers)
    exact = DetectionLoss(box=0.5, landmarks=0.25)(answers, network.predict_on_batch(answers))
    assert before == pytest.approx(float(exact), rel=1e-4)
    network.train_on_batch(answers, answers)
    assert network.test_on_batch(answers, answers) < before


def face(x, height=40, score=0.9, shift=0.0):
    points = np.array([[x, 10], [x + 20, 10], [x + 10, 20], [x + 2, 30], [x + 18, 30]], np.float32)
    return Detection((x, 0, 40, height), score, points + shift)


def test_exam_by_hand():
    picture = np.zeros((8, 8, 3), np.uint8)
    reference = [[face(0), face(100, height=25), face(200, score=0.5)], []]
    exam = Exam([picture, picture], reference)
    perfect = exam.figures(reference)
    assert (perfect["recall_20"], perfect["recall_32"], perfect["false_per_photo"]) == (1, 1, 0)
    assert (perfect["faces_20"], perfect["faces_32"], perfect["landmark_error"]) == (2, 1, 0)
    # One face is found a little off and one is missed. The box on a face that the reference is
    # unsure of is not false, the box elsewhere is.
    answers = [[face(4, shift=4.0), face(200)], [face(300)]]
    got = exam.figures(answers)
    assert (got["recall_20"], got["recall_32"], got["false_per_photo"]) == (0.5, 1.0, 0.5)
    # Its landmarks are 4 px further right than the box's 4 px, and 4 px lower.
    assert got["landmark_error"] == pytest.approx(np.hypot(8, 4) / 40)
    assert exam.figures([[], []])["landmark_error"] is None


def test_two_boxes_on_one_face_do_not_both_count():
    exam = Exam([np.zeros((8, 8, 3), np.uint8)], [[face(0), face(30)]])
    assert exam.figures([[face(0), face(2)]])["recall_20"] == 0.5


def test_threshold_keeps_false_boxes_few():
    exam = Exam([np.zeros((8, 8, 3), np.uint8)] * 2, [[face(0)], [face(0)]])
    answers = [[face(0), face(100, score=0.41)], [face(0), face(200, score=0.55)]]
    assert choose_threshold(exam, answers, 1.0) == pytest.approx(0.2)
    assert choose_threshold(exam, answers, 0.5) == pytest.approx(0.42)
    assert choose_threshold(exam, answers, 0.1) == pytest.approx(0.56)


def test_the_file_answers_as_the_network_does(tmp_path):
    keras.utils.set_random_seed(3)
    network = detector(logits=False)
    random = np.random.default_rng(3)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([random.uniform(0.5, 1.0, w.shape) for w in layer.get_weights()])
    write_onnx(network, tmp_path / "face.onnx")
    (tmp_path / "face.json").write_text('{"score": 0.5}')
    frame = random.integers(0, 256, (96, 160, 3), np.uint8)
    exact = network.predict_on_batch(frame[None].astype(np.float32))[0]
    answers = Bundled(tmp_path / "face.onnx").places(frame)
    assert np.abs(exact[:, 1:]).max() > 0.1
    np.testing.assert_allclose(answers, exact, atol=0.01 * np.abs(exact).max())


def test_the_layers_with_large_maps_are_rounded_to_8_bit(tmp_path):
    keras.utils.set_random_seed(3)
    network = detector(logits=False)
    random = np.random.default_rng(3)
    path = tmp_path / "face.onnx"
    write_onnx(network, path)
    exact = path.read_bytes()
    frames = random.integers(0, 256, (8, 32, 48, 12), np.uint8)
    round_stem(path, frames)
    graph = onnx.load(str(path)).graph
    kinds = [node.op_type for node in graph.node if node.op_type in ("Conv", "MaxPool")]
    eight = [
        w for w in graph.initializer if w.data_type == onnx.TensorProto.INT8 and len(w.dims) > 1
    ]
    assert len(eight) == kinds.index("MaxPool")  # all convolutions there
    given = {"frame": frames[:1]}
    rounded, answers = (open_network(file).run(None, given)[0] for file in (path, exact))
    assert np.abs(rounded - answers).mean() < 0.05 * np.abs(answers).mean()


def test_a_network_that_begins_otherwise_is_refused(tmp_path):
    network = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(4, 3)])
    with pytest.raises(ValueError, match="no convolution of 3x3 pixels with stride 2"):
        write_onnx(network, tmp_path / "face.onnx")


def test_rounded_weights_keep_their_sum_over_inputs_that_are_alike():
    random = np.random.default_rng(5)
    inputs = random.uniform(0, 255, (500, 1)) + random.normal(0, 4, (500, 48))
    errors = []
    for _ in range(16):
        weights = np.where(np.arange(48) % 3 == 0, 0, random.normal(size=48))
        step = np.abs(weights).max() / 64
        nearest = np.round(weights / step)
        whole = rounded(weights, step, inputs.T @ inputs / len(inputs))
        assert np.abs(whole).max() <= 64
        assert (whole[::3] == 0).all()
        errors.append([np.std(inputs @ (way * step - weights)) for way in (whole, nearest)])
    ours, plain = np.mean(errors, axis=0)
    assert ours < 0.5 * plain


def test_a_layer_without_a_way_to_write_it_is_named(tmp_path):
    network = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2DTranspose(3, 2)])
    with pytest.raises(ValueError, match="Conv2DTranspose"):
        write_onnx(network, tmp_path / "face.onnx")


def test_all_of_it_once(folder, yunet, tmp_path, monkeypatch, capsys):
    """A short training writes network, card and record, and an interrupted one is continued.

    It diverges in its last epoch, so that this is tested, too. The network has fewer units for
    landmarks than the real one, because building it takes longest here.
    """
    monkeypatch.setattr("fer.training.detector.network.LANDMARK_UNITS", (1, 1, 1))
    usual, copy, readers = Composer.batch, task.deployable, []

    def deployable(model):
        readers.append(copy(model))
        return readers[-1]

    monkeypatch.setattr(task, "deployable", deployable)

    def batch(self, count, seed):
        pictures, answers = usual(self, count, seed)
        return (pictures * np.float32("nan") if seed[1] else pictures), answers

    monkeypatch.setattr(Composer, "batch", batch)
    command = [
        "detector",
        "--data",
        str(folder),
        "--batch",
        "4",
        "--epochs",
        "2",
        "--tilted",
        "0.5",
    ]
    command += ["--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "checkpoint.npz").write_bytes(b"PK\x03\x04 and no more")
    assert train.main([*command, "--hours", "0", "--restart"]) == 0  # which forgets it
    said = capsys.readouterr().out
    assert "epoch 1/2" in said
    assert "the same command continues" in said
    assert not (tmp_path / "out").exists()
    learned = np.load(tmp_path / "work" / "best.npz")["model_0"]  # what the figures are measured of
    np.testing.assert_array_equal(readers[0].get_weights()[0], learned)
    assert train.main(list(command)) == 0
    said = capsys.readouterr().out
    assert "diverged in epoch 2; lower --rate" in said
    assert "the same command continues" not in said
    card = json.loads((tmp_path / "out" / "face.json").read_text())
    assert 0.2 <= card["score"] <= 0.9
    assert card["metrics"]["test"].keys() == card["metrics"]["test_haar"].keys()
    assert len((tmp_path / "out" / "face" / "log.csv").read_text().splitlines()) == 2
    weights = (tmp_path / "out" / "face" / "weights.npz").read_bytes()
    assert weights == (tmp_path / "work" / "best.npz").read_bytes()
    graph = onnx.load(str(tmp_path / "out" / "face.onnx")).graph
    taken = {name for node in graph.node if node.op_type == "Conv" for name in node.input}
    floats = [w for w in graph.initializer if w.data_type == onnx.TensorProto.FLOAT]
    assert not taken & {w.name for w in floats}  # weights are kept in 16 bit, or in 8
    assert any(w.data_type == onnx.TensorProto.INT8 for w in graph.initializer)
    bundled = Bundled(tmp_path / "out" / "face.onnx")
    assert bundled.score == card["score"]
    assert bundled.places(np.zeros((64, 96, 3), np.uint8)).shape == (96 + 24 + 6, VALUES)


def test_without_a_teacher_it_says_what_to_do(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(task, "find_yunet", lambda settings: None)
    assert train.main(["detector", "--data", str(folder), "--work", str(tmp_path)]) == 1
    assert "Fetch https://" in capsys.readouterr().err
