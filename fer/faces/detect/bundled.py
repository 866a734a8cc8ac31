"""The face detector that comes with the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer.errors import ModelError
from fer.faces.detect.anchor_free import AnchorFree, raw_faces
from fer.faces.detect.base import NO_FACES, RawFaces, iou, shrink
from fer.faces.detect.yunet import HOW_TO_GET, YuNet
from fer.network import open_network, read_card
from fer.settings import ROOT

MODEL = ROOT / "models" / "face.onnx"
"""The network, with its card beside it."""

CLOSER = 0.4
"""Size of the frame in the second look, as a share of the first. The network has learned faces up
to about 220 px."""

LARGE = 200.0
"""Faces of at least this many pixels, sqrt(width * height), are taken from the second look."""

HINT_SCORE, HINT_SIZE = 0.05, 150.0
"""An answer with at least this score and this size in pixels calls for a second look. All of 398
close-ups give such an answer, with a score of 0.068 or more, and so does one in five everyday
photographs."""

NESTED = 0.5
"""Where two boxes share this much of the smaller one, the box of the second look is kept."""


class Bundled(AnchorFree):
    """The detector that comes with the project, `models/face.onnx`, trained to imitate YuNet.

    It was made by `python train.py detector`; its card says what it misses.

    In training, the network has seen few faces of more than 220 px. It splits larger faces into
    several, or does not see them. So if its answers hint at a large face, it looks a second time,
    at a smaller copy of the frame, which costs a sixth of the first look.
    """

    name = "bundled"
    about = (
        "It comes with the app. YuNet, the model that it was trained to imitate, finds somewhat "
        f"more faces. {HOW_TO_GET}"
    )
    crop_side = YuNet.crop_side  # its boxes are YuNet's

    # Answers whose boxes overlap so much, as a share of their union, are averaged. Chosen on the
    # validation photographs among 0.3, 0.5, 0.7 and 0.8.
    SAME = 0.8

    def __init__(self, model: Path | str, size: int = 800, *, threads: int = 1) -> None:
        """Args:
            model: path of the ONNX file; its card, which holds the score, lies beside it.
            size: see `FaceDetector`.
            threads: how many threads one search may use.

        Raises:
            ModelError: the pair cannot be read.
        """
        try:
            card = read_card(Path(model), "python train.py detector")
            super().__init__(size, score=float(card["score"]))
            self._model, self._threads = Path(model), threads
            self._session = open_network(self._model, threads, short_layers=True)
            self._input = self._session.get_inputs()[0].name
            if self.places(np.zeros((32, 32, 3), np.uint8)).shape != (21, 15):
                raise ValueError("its answers have another shape")
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise ModelError(f"{model} cannot be read as a face detector: {error}") from error

    def with_one_thread(self) -> Bundled:
        return self if self._threads == 1 else Bundled(self._model, self.size)

    def places(self, frame: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input: blocks(frame)})[0][0]

    def search(self, frame: np.ndarray) -> RawFaces:
        height, width = frame.shape[:2]
        if min(height, width) < self.MIN_FRAME:
            return NO_FACES
        rows = self.candidates(frame, min(HINT_SCORE, self.score))
        faces = self.settle(rows[rows[:, 4] >= self.score])
        if (_sides(rows) >= HINT_SIZE).any() and min(height, width) * CLOSER >= self.MIN_FRAME:
            faces = _merge(faces, self._large_faces(frame))
        return raw_faces(faces)

    def _large_faces(self, frame: np.ndarray) -> np.ndarray:
        """The second look: rows (faces, 15) of large faces only, in pixels of the frame."""
        height, width = frame.shape[:2]
        small = shrink(frame, round(width * CLOSER), round(height * CLOSER))
        faces = self.settle(self.candidates(small, self.score))
        back = np.array([width / small.shape[1], height / small.shape[0]], np.float32)
        faces[:, :4] *= np.tile(back, 2)
        faces[:, 5:] *= np.tile(back, 5)
        return faces[_sides(faces) >= LARGE]

    def landmarks_of(self, rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
        # All places on a face have learned to give the same landmarks, so their mean is more
        # accurate than a single one.
        weights = rows[:, 4] * (iou(rows[keep, :4], rows[:, :4]) >= self.SAME)
        return weights @ rows[:, 5:] / weights.sum(axis=1, keepdims=True)


def blocks(frame: np.ndarray) -> np.ndarray:
    """Turn a frame into the network's input: blocks of 2x2 pixels, two above and two below.

    The network's first layer takes every second pixel, and onnxruntime is slow where it has three
    channels: with twelve, and bytes in place of floats, a search takes a fifth less time.

    Args:
        frame: uint8 (H, W, 3) BGR, both sides even.

    Returns:
        uint8 (1, H/2, W/2, 12).
    """
    rows, columns = frame.shape[0] // 2, frame.shape[1] // 2
    pairs = frame.reshape(rows, 2, columns * 6).view("V6")  # two pixels, copied as one
    whole = np.empty((rows, columns, 2), "V6")
    whole[:, :, 0], whole[:, :, 1] = pairs[:, 0], pairs[:, 1]
    return whole.view(np.uint8).reshape(1, rows, columns, 12)


def _sides(rows: np.ndarray) -> np.ndarray:
    """The size of each box, sqrt(width * height), in pixels."""
    return np.sqrt(rows[:, 2] * rows[:, 3])


def _merge(faces: np.ndarray, large: np.ndarray) -> np.ndarray:
    """The large faces, and all other faces that are not part of a large one."""
    low = np.maximum(faces[:, None, :2], large[None, :, :2])
    high = np.minimum(
        faces[:, None, :2] + faces[:, None, 2:4], large[None, :, :2] + large[None, :, 2:4]
    )
    shared = np.maximum(high - low, 0.0).prod(axis=-1)
    smaller = np.minimum(_sides(faces)[:, None], _sides(large)) ** 2
    apart = (shared < NESTED * smaller).all(axis=1)
    return np.concatenate([large, faces[apart]])
