"""The part that every page and command shares: a frame in, face readings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from fer.emotions import KNOWN
from fer.faces.classify import EmotionClassifier
from fer.faces.detect.base import Detection, FaceDetector
from fer.faces.detect.load import load_detector
from fer.settings import Settings

MIN_READ_SIDE = 24
"""Faces narrower or lower than this many pixels are seen but not read: the network's input is
48 px, and less than half of that shows too little of an expression."""

MAX_TURN = 0.65
"""Largest sideways shift of the nose tip from the middle of the eyes, in eye distances, at which
a face is read. Frontal faces have 0, a face at about 45 degrees has 0.65."""

MIN_SHARPNESS = 0.015
"""Smallest `sharpness` at which a face is read. Blurred with sigma 2 px at 48 px, where accuracy
falls from 71 to 53 %, the median FER2013 face has 0.011; faces of the test clips have 0.2 to 0.7,
and one of 24 px that was enlarged still has 0.03 or more in 99 of 100 cases."""

SHARPNESS_SIDE = 48
"""Side in pixels of the picture of a face whose `sharpness` is measured."""

MAX_TILT = 45
"""Degrees up to which the eyes are levelled. Beyond it, a wrong landmark is more likely than a head
tilted so far."""


class FaceState(StrEnum):
    """How far the probabilities of a face can be trusted.

    Recordings store a state as its position in this list, so a new state is added at the end.
    """

    READ = "read"
    """Read with enough confidence to name the emotion."""

    UNSURE = "unsure"
    """Read, but with less confidence than the model's card asks for."""

    UNREAD = "unread"
    """Seen, but too small, turned too far or too blurred for its probabilities to mean much."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceReading:
    """The reading of one face in one frame.

    Attributes:
        box: bounding box (x, y, width, height) in int pixels of the frame.
        probabilities: float32 (7,) in `EMOTIONS` order, or (8,) in the order of `KNOWN` if the
            network knows contempt; calibrated, sums to 1.
        score: the detector's score.
        landmarks: float32 (5, 2) in pixels, see `fer.faces.detect.base.Detection`, or None.
        state: how far the probabilities can be trusted.
        track: number of the face over time, assigned by `fer.mood.track`, or None.
    """

    box: tuple[int, int, int, int]
    probabilities: np.ndarray
    score: float = 1.0
    landmarks: np.ndarray | None = None
    state: FaceState = FaceState.READ
    track: int | None = None

    @property
    def emotion(self) -> str:
        """The most probable emotion."""
        return KNOWN[int(np.argmax(self.probabilities))]

    @property
    def confidence(self) -> float:
        """Probability of `emotion`."""
        return float(np.max(self.probabilities))


class MoodCore:
    """Detector and classifier behind one call. Instances may be shared between threads."""

    def __init__(self, detector: FaceDetector, classifier: EmotionClassifier) -> None:
        self.detector = detector
        self.classifier = classifier

    @classmethod
    def load(
        cls,
        *,
        detector: FaceDetector | None = None,
        classifier: EmotionClassifier | None = None,
        model: Path | str | None = None,
        settings: Settings | None = None,
    ) -> MoodCore:
        """Load the detector and the classifier that the settings name, or those that are given.

        Args:
            detector: used instead of the one in the settings.
            classifier: used instead of the one in the settings.
            model: ONNX file of the classifier, used instead of the one in the settings.
            settings: None reads the settings from the environment.

        Raises:
            ModelError: a network cannot be used.
            SettingsError: a setting is wrong.
        """
        settings = Settings.from_environment() if settings is None else settings
        if detector is None:
            detector = load_detector(settings)
        if classifier is None:
            classifier = EmotionClassifier.load(model or settings.model, settings.threads)
        return cls(detector, classifier)

    def beside_decoding(self) -> MoodCore:
        """A core that reads the same while the decoding of a video keeps the other cores busy.

        Its detector uses one thread. With two, a 1080p recording took 1.08 of the time.
        """
        detector = self.detector.with_one_thread()
        return self if detector is self.detector else MoodCore(detector, self.classifier)

    @property
    def detector_name(self) -> str:
        """Short name of the detector in use, such as "bundled" or "yunet"."""
        return self.detector.name

    @property
    def classes(self) -> tuple[str, ...]:
        """What faces are read as, in the order of `FaceReading.probabilities`."""
        return self.classifier.classes

    def read(self, frame: np.ndarray) -> list[FaceReading]:
        """Find and read the faces of one frame.

        Args:
            frame: uint8 (H, W, 3) BGR; grey (H, W) or (H, W, 1) and BGRA (H, W, 4) work too.

        Returns:
            Faces, most certain detection first; an empty list if there are none.

        Raises:
            ValueError: `frame` is not such an array; the message says what is wrong with it.
        """
        return self.read_many([frame])[0]

    def read_many(self, frames: Sequence[np.ndarray]) -> list[list[FaceReading]]:
        """Like `read` for several frames, with one classifier batch for all their faces."""
        frames = [as_bgr(frame) for frame in frames]
        detections = [self.detector.detect(frame) for frame in frames]
        crops = [
            self.crop(frame, face)
            for frame, faces in zip(frames, detections, strict=True)
            for face in faces
        ]
        rows = iter(zip(crops, self.classify(crops), strict=True))
        return [[self._reading(face, *next(rows)) for face in faces] for faces in detections]

    def classify(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Calibrated probabilities of face crops, see `EmotionClassifier.classify`."""
        return self.classifier.classify(crops)

    def crop(self, frame: np.ndarray, face: Detection) -> np.ndarray:
        """Cut a face as FER2013 frames it: a square around the box, eyes level.

        Args:
            frame: uint8 (H, W, 3) BGR.
            face: a detection in that frame.

        Returns:
            uint8 (s, s, 3) BGR, s at most `crop_limit`. Beyond the frame's edge, the pixels of the
            edge are repeated.
        """
        x, y, w, h = face.box
        side = self.detector.crop_side * float(np.sqrt(w * h))
        target = crop_limit(self.classifier.input_side)
        centre = np.array([x + w / 2, y + h / 2])
        if side > target:
            # Shrinking by area first keeps fine texture from aliasing in the rotation below. The
            # cut leaves room for the corners of the rotated square.
            reach = side * 0.75
            left, top = np.maximum(np.floor(centre - reach), 0).astype(int)
            right, bottom = np.ceil(centre + reach).astype(int)
            frame = frame[top:bottom, left:right]
            ratio = target / side
            size = (
                max(1, round(frame.shape[1] * ratio)),
                max(1, round(frame.shape[0] * ratio)),
            )
            scale = np.array([size[0] / frame.shape[1], size[1] / frame.shape[0]])
            frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            centre = (centre - (left, top)) * scale
            side = target
        out = max(1, round(side))
        turn = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), eye_angle(face), 1.0)
        turn[:, 2] = turn[:, 2] + out / 2 - centre
        return cv2.warpAffine(
            frame, turn, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def _reading(self, face: Detection, crop: np.ndarray, probabilities: np.ndarray) -> FaceReading:
        small, turned = min(face.box[2:]) < MIN_READ_SIDE, nose_shift(face) > MAX_TURN
        if small or turned or sharpness(crop) < MIN_SHARPNESS:
            state = FaceState.UNREAD
        elif probabilities.max() < self.classifier.abstain_below:
            state = FaceState.UNSURE
        else:
            state = FaceState.READ
        return FaceReading(face.box, probabilities, face.score, face.landmarks, state)


def as_bgr(frame: np.ndarray) -> np.ndarray:
    """A frame as uint8 (H, W, 3) BGR.

    Raises:
        ValueError: `frame` is not an image; the message says what is wrong with it.
    """
    if not isinstance(frame, np.ndarray):
        raise ValueError(f"a frame must be a numpy array, not {type(frame).__name__}")
    if frame.dtype != np.uint8:
        raise ValueError(f"a frame must be uint8, not {frame.dtype}")
    if frame.size == 0:
        raise ValueError(f"a frame must not be empty; its shape is {frame.shape}")
    if frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 1):
        return cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
    if frame.ndim == 3 and frame.shape[2] == 4:
        return cv2.cvtColor(frame, cv2.COLOR_BGRA2BGR)
    if frame.ndim == 3 and frame.shape[2] == 3:
        return np.ascontiguousarray(frame)
    raise ValueError(f"a frame must be (H, W), (H, W, 3) or (H, W, 4), not {frame.shape}")


def crop_limit(input_side: int) -> int:
    """The longest side of a crop, for a network whose input has a side of so many pixels."""
    return 2 * input_side


def eye_angle(face: Detection) -> float:
    """Angle of the line through the eyes in degrees, clockwise in the picture; 0 if unknown.

    It is 0 beyond `MAX_TILT`, too.
    """
    if face.landmarks is None:
        return 0.0
    across = face.landmarks[1] - face.landmarks[0]
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    return angle if abs(angle) <= MAX_TILT else 0.0


def nose_shift(face: Detection) -> float:
    """How far the nose tip lies beside the middle of the eyes, in eye distances; 0 if unknown."""
    if face.landmarks is None:
        return 0.0
    right, left, nose = face.landmarks[:3].astype(np.float64)
    across = left - right
    distance = float(np.hypot(*across))
    # In full profile both eyes fall on one point, and the ratio grows without bound.
    return abs(float((nose - (right + left) / 2) @ across)) / max(distance, 1e-6) ** 2


def sharpness(crop: np.ndarray) -> float:
    """Variance of the Laplacian divided by the variance of the picture, at 48 px; 0 is a flat grey.

    The variance of the Laplacian is the focus measure of Pech-Pacheco et al. (2000). Dividing it by
    the variance of the picture makes it independent of contrast.

    Args:
        crop: face crop, uint8 (h, w, 3) BGR.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    side = (SHARPNESS_SIDE, SHARPNESS_SIDE)
    small = cv2.resize(grey, side, interpolation=cv2.INTER_AREA).astype(np.float32)
    # OpenCV's deviations take half the time of NumPy's variances.
    edges, picture = (
        cv2.meanStdDev(image)[1].item() ** 2 for image in (cv2.Laplacian(small, cv2.CV_32F), small)
    )
    return edges / max(picture, 1.0)
