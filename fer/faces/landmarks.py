"""Sixty-eight points of a face, blinks, and dlib's HOG face detector. An optional extra.

Needs `dlib-bin` and `face_recognition_models`; see `available` and `HOW_TO_GET`.
"""

from __future__ import annotations

import importlib.util
from collections import deque
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from fer.faces.detect import FaceDetector, Found

HOW_TO_GET = "pip install -r requirements-landmarks.txt"
"""What to tell people who lack the extra."""

BLINK_RATE = 15.0
"""Samples a second needed to count blinks: the eyes are closed for 0.1 to 0.4 s."""

_MODEL_PACKAGE = "face_recognition_models"
_MODEL_FILE = "models/shape_predictor_68_face_landmarks.dat"

# The shape model was trained on the boxes of dlib's HOG detector. Measured on 934 FER2013
# training faces that both detectors found: side of HOG's box in units of sqrt(w h) of YuNet's
# (quartiles 0.89 and 1.02), and how much lower its centre lies, in the same units.
_SIDE = 0.95
_DOWN = 0.076


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("dlib") is not None and _model_path() is not None


def _model_path() -> Path | None:
    # Importing the package would need pkg_resources, which setuptools no longer has.
    spec = importlib.util.find_spec(_MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / _MODEL_FILE
    return path if path.is_file() else None


@lru_cache(maxsize=1)
def _predictor():
    path = _model_path()
    if path is None or importlib.util.find_spec("dlib") is None:
        raise ValueError(f"the landmark extra is not installed. Get it with: {HOW_TO_GET}")
    import dlib

    return dlib.shape_predictor(str(path))


def face_points(
    frame: np.ndarray, box: tuple[int, int, int, int], square: bool = False
) -> np.ndarray:
    """The 68 landmarks of one face, in the order of the iBUG 300-W set.

    Kazemi and Sullivan 2014, "One millisecond face alignment with an ensemble of regression
    trees", as dlib implements and trains it.

    Args:
        frame: uint8 (H, W, 3) BGR.
        box: face (x, y, width, height) as YuNet gives it.
        square: the box is one of dlib's HOG detector.

    Returns:
        float32 (68, 2), pixels (x, y) of the frame.

    Raises:
        ValueError: the extra is not installed.
    """
    predictor = _predictor()
    import dlib

    x, y, width, height = box
    mean = float(np.sqrt(width * height))
    side = mean if square else _SIDE * mean
    centre_x, centre_y = x + width / 2, y + height / 2 + (0 if square else _DOWN * mean)
    # The model looks a little beyond the box; the whole frame need not be turned grey for it.
    left, top = max(0, int(centre_x - side)), max(0, int(centre_y - side))
    part = frame[top : int(centre_y + side) + 1, left : int(centre_x + side) + 1]
    rectangle = dlib.rectangle(
        round(centre_x - side / 2) - left,
        round(centre_y - side / 2) - top,
        round(centre_x + side / 2) - left,
        round(centre_y + side / 2) - top,
    )
    shape = predictor(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), rectangle)
    points = [(point.x + left, point.y + top) for point in shape.parts()]
    return np.array(points, np.float32)


def eye_aspect_ratio(points: np.ndarray) -> float:
    """How far the eyes are open: height over width, mean of both eyes; 0 is closed.

    Soukupova and Cech 2016, "Real-time eye blink detection using facial landmarks", equation 1.

    Args:
        points: (68, 2), see `face_points`.
    """
    ratios = []
    for first in (36, 42):
        eye = points[first : first + 6].astype(np.float64)
        height = np.hypot(*(eye[1] - eye[5])) + np.hypot(*(eye[2] - eye[4]))
        ratios.append(height / max(2 * np.hypot(*(eye[0] - eye[3])), 1e-6))
    return float(np.mean(ratios))


class BlinkCounter:
    """Counts the blinks of one face from its eye aspect ratio.

    Eyes differ, so both limits are shares of the person's own open eye: the median of the last
    half minute. On the surprised student's clip this finds the two blinks that are there, at 25
    and at 15 samples a second; laughing narrows the eyes, and is counted too often.
    """

    CLOSED, OPEN = 0.75, 0.80
    """Shares of the open eye: below the first an eye is closed, above the second open again."""

    SHORTEST_S, LONGEST_S = 0.06, 0.6
    """A closing that is shorter is a slip of the landmarks; a longer one is no blink."""

    BASELINE_S, NEEDED_S = 30.0, 1.0
    """Span of the baseline, and how much of it is needed before anything counts."""

    def __init__(self) -> None:
        self.blinks = 0
        self._seen: deque[tuple[float, float]] = deque()
        self._closed_since: float | None = None

    def update(self, t: float, ratio: float) -> bool:
        """Feed one value.

        Args:
            t: s; must not go back.
            ratio: from `eye_aspect_ratio`; NaN where the face was not read.

        Returns:
            Whether a blink has just ended.
        """
        if not np.isfinite(ratio):
            self._closed_since = None
            return False
        self._seen.append((t, ratio))
        while t - self._seen[0][0] > self.BASELINE_S:
            self._seen.popleft()
        if t - self._seen[0][0] < self.NEEDED_S:
            return False
        usual = float(np.median([value for _, value in self._seen]))
        if self._closed_since is None:
            if ratio < self.CLOSED * usual:
                self._closed_since = t
            return False
        if ratio <= self.OPEN * usual:
            return False
        lasted, self._closed_since = t - self._closed_since, None
        # Times of samples: half a step may be missing at either end.
        if not self.SHORTEST_S <= lasted <= self.LONGEST_S:
            return False
        self.blinks += 1
        return True


class Hog(FaceDetector):
    """dlib's frontal face detector on histograms of oriented gradients.

    Dalal and Triggs 2005 with the max-margin training of King 2015. Faces under 80 px at the size
    it looks at are not found. Its landmarks come from `face_points`.
    """

    name = "hog"
    about = "dlib's HOG detector: slow, and for faces of 80 px and more that look at the camera."
    # Measured on the same faces: the median box has 0.781 of a FER2013 image's side, and its
    # centre lies at (0.474, 0.557) of the image; the shift below puts it into the middle.
    crop_side = 1.28
    _SHIFT = np.array([0.033, -0.073], np.float32)

    def __init__(self, size: int = 800) -> None:
        """Args:
            size: see `FaceDetector`.

        Raises:
            ValueError: the extra is not installed.
        """
        super().__init__(size)
        _predictor()
        import dlib

        self._detector = dlib.get_frontal_face_detector()

    def _detect(self, frame: np.ndarray) -> Found:
        found, scores, _ = self._detector.run(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 0, 0.0)
        boxes = np.empty((len(found), 4), np.float32)
        landmarks = np.empty((len(found), 5, 2), np.float32)
        for face, rectangle in enumerate(found):
            side = rectangle.width()
            box = rectangle.left(), rectangle.top(), side, rectangle.height()
            points = face_points(frame, box, square=True)
            landmarks[face] = [
                points[36:42].mean(axis=0),
                points[42:48].mean(axis=0),
                points[30],
                points[48],
                points[54],
            ]
            boxes[face] = box
            boxes[face, :2] += self._SHIFT * side
        return boxes, np.array(scores, np.float32), landmarks
