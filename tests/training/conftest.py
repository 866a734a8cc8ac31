"""Small data sets in the layouts that people have."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.training.emotion.face_set import FaceSet
from fer.training.emotion.votes import VOTE_OF_EMOTION

TINY = {"widths": (4, 6), "blocks": (0, 1)}
"""The sizes of the smallest network `mood` that has all kinds of layers of the real one."""


FACES = {"Training": 56, "PublicTest": 21, "PrivateTest": 21}


@pytest.fixture
def eager(request):
    """TensorFlow takes seconds to compile a training step that most tests run a few times.

    The tests marked as `compiled`, and those of whole commands in processes of their own, train as
    users do.
    """
    import keras

    if keras.backend.backend() != "tensorflow" or "compiled" in request.keywords:
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def face(label: int, seed: int, size: int = 48) -> np.ndarray:
    """A "face" that a tiny network can learn: a bright band whose height shows the class."""
    image = np.random.default_rng(seed).integers(0, 60, (size, size)).astype(np.uint8)
    band = size // 7
    image[label * band : (label + 1) * band] += 150
    return image


def some_faces() -> dict[str, FaceSet]:
    """Faces with votes for each part of FER2013; the classes take turns."""
    parts, row = {}, 0
    for usage, count in FACES.items():
        labels = np.arange(count) % 7
        votes = np.zeros((count, 10), np.float32)
        votes[np.arange(count), np.asarray(VOTE_OF_EMOTION)[labels]] = 8
        votes[:, 8] = 2
        images = np.stack([face(label, row + i) for i, label in enumerate(labels)])
        parts[usage] = FaceSet(images, labels, np.arange(row, row + count), EMOTIONS, votes)
        row += count
    return parts


@pytest.fixture
def face_sets() -> dict[str, FaceSet]:
    """Faces with votes for each part of FER2013, which the test may change."""
    return some_faces()


@pytest.fixture
def fer2013(tmp_path, face_sets) -> Path:
    """fer2013.csv with FER+ votes beside it."""
    path = tmp_path / "fer2013.csv"
    with open(path, "w", newline="") as table, open(tmp_path / "ferplus_votes.csv", "w") as votes:
        writer = csv.writer(table)
        writer.writerow(["emotion", "pixels", "Usage"])
        votes.write(
            "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,"
            "unknown,NF\n"
        )
        for usage, part in face_sets.items():
            for image, label, counts in zip(part.images, part.labels, part.votes, strict=True):
                writer.writerow([label, " ".join(map(str, image.ravel())), usage])
                votes.write(f"{usage},," + ",".join(str(int(c)) for c in counts) + "\n")
    return path


def write_folder(root: Path, splits: dict[str, list[tuple[str, np.ndarray]]]) -> Path:
    """Write SPLIT/CLASS/number.png."""
    for split, images in splits.items():
        for number, (name, image) in enumerate(images):
            folder = root / split / name
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{number}.png"), image)
    return root


def channels_first(path: Path, batch: str | int = "n") -> np.ndarray:
    """Write a network as torch does: faces (N, 3, 40, 40) in, logits (N, 7) out.

    Returns:
        The weights (7, 3) of the means of the channels.
    """
    import onnx

    helper, kinds = onnx.helper, onnx.TensorProto
    kernel = np.random.default_rng(0).normal(0, 0.01, (7, 3)).astype(np.float32)
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "kernel"], ["y"], transB=1),
    ]
    inputs = [helper.make_tensor_value_info("x", kinds.FLOAT, [batch, 3, 40, 40])]
    outputs = [helper.make_tensor_value_info("y", kinds.FLOAT, [batch, 7])]
    weights = [onnx.numpy_helper.from_array(kernel, "kernel")]
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 15)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return kernel


def tiny_mood():
    """A tiny `mood` network whose batch norms are not at their start values."""
    import keras

    from fer.training.emotion import networks

    keras.utils.set_random_seed(3)
    model = networks.mood(widths=(4, 6, 8), blocks=(1, 1, 1))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return model


@pytest.fixture
def model():
    """A tiny network, which the test may change."""
    pytest.importorskip("keras", reason="training needs requirements-train.txt")
    return tiny_mood()


@pytest.fixture(scope="session")
def release_of_tiny(tmp_path_factory) -> Path:
    """The folder with the files of `model` as it is released."""
    pytest.importorskip("keras", reason="training needs requirements-train.txt")
    from fer.training.emotion.inputs import INPUTS
    from fer.training.emotion.release import release

    folder, faces = tmp_path_factory.mktemp("tiny"), some_faces()
    public, images = faces["PublicTest"], faces["Training"].images
    release(tiny_mood(), INPUTS["mood"], public, folder, "tiny", {"epochs": 0}, {}, images)
    return folder


@pytest.fixture
def released(tmp_path, release_of_tiny) -> Path:
    """The file of `model` as it is released, with its card beside it; the test may change both."""
    shutil.copytree(release_of_tiny, tmp_path, dirs_exist_ok=True)
    return tmp_path / "emotion.onnx"
