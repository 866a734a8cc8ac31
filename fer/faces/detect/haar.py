"""OpenCV's Haar cascade, as most student projects use it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fer.faces.detect.base import NO_FACES, FaceDetector, RawFaces


class Haar(FaceDetector):
    """The frontal Haar cascade that comes with OpenCV 4 (Viola and Jones 2001).

    It is slow, and misses faces that are small, turned or dark. It gives no landmarks.
    """

    name = "haar"
    about = (
        "OpenCV's basic detector (Haar): it misses small, turned and dark faces. Without "
        "FER_DETECTOR=haar the app takes a better one."
    )
    # Its boxes are 1.043 times as wide as YuNet's sqrt(w h), by the median over the faces that
    # both detectors see.
    crop_side = 1.06

    # Chosen among the three bundled frontal cascades with step 1.1-1.2 and 4-6 neighbours, on 160
    # photographs. Among the choices that find 31 % of YuNet's confident faces, this one reports the
    # fewest false faces: 0.02 per photograph. The usual `default` cascade reports 0.24 and takes
    # 1.3 times as long.
    MIN_NEIGHBOURS = 4
    SCALE_STEP = 1.15
    MIN_FACE = 24
    MAX_SIZE = 640

    def __init__(self, size: int = 800) -> None:
        """Args:
        size: see `FaceDetector`; larger values than `MAX_SIZE` are lowered to it.
        """
        super().__init__(min(size, self.MAX_SIZE))
        folder = Path(cv2.data.haarcascades)  # type: ignore[attr-defined]
        path = folder / "haarcascade_frontalface_alt2.xml"
        self._cascade = cv2.CascadeClassifier(str(path))

    def search(self, frame: np.ndarray) -> RawFaces:
        grey = cv2.equalizeHist(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey,
            scaleFactor=self.SCALE_STEP,
            minNeighbors=self.MIN_NEIGHBOURS,
            minSize=(self.MIN_FACE, self.MIN_FACE),
            outputRejectLevels=True,
        )
        if len(boxes) == 0:
            return NO_FACES
        return RawFaces(np.asarray(boxes, np.float32), np.ravel(weights).astype(np.float32))
