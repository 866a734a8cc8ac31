"""The face detector that comes with the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer.faces.detect.anchor_free import AnchorFree, planes
from fer.faces.detect.base import iou
from fer.faces.detect.yunet import HOW_TO_GET, YuNet
from fer.network import open_network, read_card
from fer.settings import ROOT

MODEL = ROOT / "models" / "face.onnx"
"""The network, with its card beside it."""


class Bundled(AnchorFree):
    """The detector that comes with the project, `models/face.onnx`, trained to imitate YuNet.

    Made by `python train.py detector`; its card says what it misses.
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

    def __init__(self, model: Path | str, size: int = 800) -> None:
        """Args:
            model: path of the ONNX file; its card, which holds the score, lies beside it.
            size: see `FaceDetector`.

        Raises:
            ValueError: the pair cannot be read.
        """
        try:
            card = read_card(Path(model), "python train.py detector")
            super().__init__(size, score=float(card["score"]))
            self._session = open_network(Path(model))
            self._input = self._session.get_inputs()[0].name
            if self.places(np.zeros((32, 32, 3), np.uint8)).shape != (21, 15):
                raise ValueError("its answers have another shape")
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise ValueError(f"{model} cannot be read as a face detector: {error}") from error

    def places(self, frame: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input: planes(frame)})[0][0]

    def landmarks_of(self, rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
        # All places of a face have learned the same landmarks, so their mean errs less than one.
        weights = rows[:, 4] * (iou(rows[keep, :4], rows[:, :4]) >= self.SAME)
        return weights @ rows[:, 5:] / weights.sum(axis=1, keepdims=True)
