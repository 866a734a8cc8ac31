"""Face detectors: a frame in, face boxes out."""

from __future__ import annotations

import functools
import logging
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer.network import open_network, read_card
from fer.settings import ROOT, Settings

log = logging.getLogger(__name__)

MODEL = ROOT / "models" / "face.onnx"
"""The bundled detector."""

YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
YUNET_URL = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/"
    f"face_detection_yunet/{YUNET_FILE}"
)
HOW_TO_GET = (
    f"Fetch {YUNET_URL} on a machine with network access and put it into the folder models/, "
    "or set FER_YUNET to its path."
)
"""What to tell people who want YuNet."""

DOWNLOAD_SECONDS = 3.0
"""A start waits no longer than this for the network."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face in a frame.

    Attributes:
        box: bounding box (x, y, width, height) in pixels of the frame; inside the frame.
        score: the detector's own score. Scores of different detectors do not compare.
        landmarks: float32 (5, 2), pixels (x, y) of right eye, left eye, nose tip, right and left
            mouth corner ("right" is the person's own), or None where the detector gives none.
    """

    box: tuple[int, int, int, int]
    score: float
    landmarks: np.ndarray | None = None


Found = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Boxes (x, y, w, h) (n, 4), scores (n,) and landmarks (n, 5, 2), if any, as float32."""

_NOTHING: Found = (np.empty((0, 4), np.float32), np.empty(0, np.float32), None)


class FaceDetector(ABC):
    """Finds faces in frames of any size by looking at a copy of bounded size.

    Instances may be shared between threads: calls are serialised, since OpenCV's detectors keep
    state between calls.
    """

    name: str
    """Short name, shown to people."""

    about: str
    """What it is good for and how to get a better one, for people."""

    crop_side: float
    """Side of a FER2013-like face crop in units of sqrt(width * height) of this detector's box."""

    def __init__(self, size: int = 800) -> None:
        """Args:
        size: longest side in pixels at which faces are looked for; larger frames are shrunk.
        """
        self.size = size
        self._lock = threading.Lock()

    def detect(self, frame: np.ndarray) -> list[Detection]:
        """Find the faces of a frame.

        Args:
            frame: uint8 (H, W, 3), BGR.

        Returns:
            Faces, most certain first, in pixels of `frame`.
        """
        height, width = frame.shape[:2]
        scale = min(1.0, self.size / max(height, width))
        if scale < 1.0:
            frame = shrink(frame, max(1, round(width * scale)), max(1, round(height * scale)))
        with self._lock:
            boxes, scores, landmarks = self._detect(frame)
        back = np.array([width / frame.shape[1], height / frame.shape[0]], dtype=np.float32)
        low = np.clip(np.floor(boxes[:, :2] * back), 0, (width, height)).astype(int)
        high = np.clip(np.ceil((boxes[:, :2] + boxes[:, 2:]) * back), 0, (width, height))
        size = high.astype(int) - low
        faces = np.argsort(-scores, kind="stable")
        return [
            Detection(
                (*low[face].tolist(), *size[face].tolist()),
                float(scores[face]),
                None if landmarks is None else landmarks[face] * back,
            )
            for face in faces[(size > 0).all(axis=1)[faces]]
        ]

    @abstractmethod
    def _detect(self, frame: np.ndarray) -> Found:
        """The faces of a frame of bounded size, in its pixels."""


def shrink(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    """A smaller copy of a frame: halved as often as it goes, the rest by interpolation.

    As good for detection as averaging areas at once (on the shared pictures: as many faces, the
    same scores to 0.01) and four times as fast from 1080p to 800 px, 1.4 ms against 5.8 ms.
    """
    while frame.shape[1] >= 2 * width and frame.shape[0] >= 2 * height:
        half = frame.shape[1] // 2, frame.shape[0] // 2
        frame = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)


def iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every box (x, y, w, h) of (N, 4) with every one of (M, 4)."""
    a, b = first[:, None, :], second[None, :, :]
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    side = np.maximum(high - low, 0.0)
    shared = side[..., 0] * side[..., 1]
    union = a[..., 2] * a[..., 3] + b[..., 2] * b[..., 3] - shared
    return shared / np.maximum(union, 1e-9)


STRIDES = (8, 16, 32)
"""Of the feature maps of the networks here, in pixels."""

MAX_OVERLAP = 0.3
"""Boxes that overlap more than this, as a share of their union, show one face."""


class AnchorFree(FaceDetector):
    """A fully convolutional network that answers at every place of its feature maps.

    An answer holds a score, the box's centre (x, y) relative to the place and its size (w, h) as
    natural logarithms, both in strides, and five landmarks (x, y) relative to the place in
    strides: 15 values.
    """

    # The networks need some context: on frames under 32 px they report noise or nothing.
    MIN_FRAME = 32

    def __init__(self, size: int = 800, *, score: float) -> None:
        """Args:
        size: see `FaceDetector`.
        score: answers below this are dropped.
        """
        super().__init__(size)
        self.score = score

    @abstractmethod
    def places(self, frame: np.ndarray) -> np.ndarray:
        """The network's answers: float32 (places, 15), stride by stride, row by row.

        Args:
            frame: uint8 (H, W, 3), BGR; both sides multiples of the largest stride.
        """

    def _detect(self, frame: np.ndarray) -> Found:
        height, width = frame.shape[:2]
        if min(height, width) < self.MIN_FRAME:
            return _NOTHING
        coarsest = STRIDES[-1]
        right, bottom = -width % coarsest, -height % coarsest
        padded = cv2.copyMakeBorder(frame, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        answers = self.places(padded)
        sure = np.flatnonzero(answers[:, 0] >= self.score)
        corners, strides = grid(padded.shape[0], padded.shape[1])
        rows = decode(answers[sure], corners[sure], strides[sure])
        # A damaged or saturated frame can give infinite boxes.
        rows = rows[np.isfinite(rows).all(axis=1)]
        keep = surest(rows)
        landmarks = self._landmarks(rows, keep).reshape(-1, 5, 2)
        return rows[keep, :4], rows[keep, 4], landmarks

    def _landmarks(self, rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
        """Landmarks (faces, 10) of the faces whose surest answers are `rows[keep]`."""
        return rows[keep, 5:]


def planes(frame: np.ndarray) -> np.ndarray:
    """A frame, uint8 (H, W, 3), as networks take it: float32 (1, 3, H, W), 0..255."""
    taken = np.empty((1, 3, *frame.shape[:2]), np.float32)
    taken[0] = cv2.split(frame)  # a fifth of the time that numpy takes to transpose
    return taken


@functools.lru_cache(8)
def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Of every place of a frame: its corner (x, y) in strides (n, 2), and its stride (n, 1)."""
    corners, strides = [], []
    for stride in STRIDES:
        rows, columns = np.divmod(
            np.arange((height // stride) * (width // stride)), width // stride
        )
        corners.append(np.stack([columns, rows], axis=1))
        strides.append(np.full((len(rows), 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(answers: np.ndarray, corners: np.ndarray, strides: np.ndarray) -> np.ndarray:
    """Box (x, y, w, h), score and landmarks in pixels, float32 (n, 15), of some answers.

    Args:
        answers: float32 (n, 15), see `AnchorFree`.
        corners: of their places, see `grid`.
        strides: of their places, see `grid`.
    """
    size = np.exp(np.minimum(answers[:, 3:5], 20.0)) * strides
    corner = (corners + answers[:, 1:3]) * strides - size / 2
    landmarks = (answers[:, 5:] + np.tile(corners, 5)) * strides
    return np.concatenate([corner, size, answers[:, :1], landmarks], axis=1)


def surest(rows: np.ndarray) -> np.ndarray:
    """Which rows are the surest answer to their face (non-maximum suppression), surest first.

    Args:
        rows: float32 (n, 15), see `decode`.
    """
    boxes, scores = rows[:, :4].tolist(), rows[:, 4].tolist()
    return np.array(cv2.dnn.NMSBoxes(boxes, scores, 0.0, MAX_OVERLAP), int)


_OUTPUTS = tuple(f"{kind}_{step}" for kind in ("cls", "obj", "bbox", "kps") for step in STRIDES)


class YuNet(AnchorFree):
    """OpenCV's YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector").

    Finds faces down to about 10 px at the size it looks at, turned ones too, and gives landmarks.
    The landmarks follow a tilted or turned head only in faces of about 100 px and more at that
    size: a head tilted by 20 degrees shows 3 degrees at 70 px, 14 at 140 px and 15 at 280 px
    (means over five faces of the test footage). Smaller ones get a face's usual geometry.
    """

    name = "yunet"
    about = "OpenCV's YuNet, the most accurate of the detectors here."
    # Measured on 2,412 FER2013 training faces: the median box has sqrt(w h) = 0.903 of the image
    # side and its centre at (0.501, 0.500) of the image.
    crop_side = 1.107

    # The file fixes its input to 640x640 px. These bytes of the protocol buffer hold the two
    # dimensions, and these, of the same length, name them instead, which leaves them open.
    _FIXED = bytes.fromhex("0a030880050a03088005")
    _OPEN = bytes.fromhex("0a031201680a03120177")

    def __init__(self, model: Path | str, size: int = 800, *, score: float = 0.6) -> None:
        """Args:
            model: path of the ONNX file.
            size: see `FaceDetector`.
            score: answers below this are dropped; under 0.6 the gain on turned faces is paid with
                hands and posters.

        Raises:
            ValueError: the file is not YuNet's.
        """
        super().__init__(size, score=score)
        try:
            network = Path(model).read_bytes()
            if network.count(self._FIXED) != 1:
                raise ValueError(f"it is not the file {YUNET_FILE}")
            network = network.replace(self._FIXED, self._OPEN)
            # onnxruntime takes a third of the time that OpenCV's own FaceDetectorYN takes (5.2 ms
            # of processor time against 16.9 ms at 800x480). One thread: the network is so small
            # that two make it hardly faster and cost half as much again in processor time.
            self._session = open_network(network)
            names = {output.name for output in self._session.get_outputs()}
            if not names.issuperset(_OUTPUTS):
                raise ValueError("its outputs have other names")
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise ValueError(f"{model} cannot be read as the YuNet detector: {error}") from error
        self._input = self._session.get_inputs()[0].name

    def places(self, frame: np.ndarray) -> np.ndarray:
        blob = {self._input: planes(frame)}
        outputs = [output[0] for output in self._session.run(list(_OUTPUTS), blob)]
        kinds = [np.concatenate(outputs[at : at + 3]) for at in range(0, len(outputs), 3)]
        cls, obj, boxes, landmarks = kinds
        score = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))
        return np.concatenate([score, boxes, landmarks], axis=1)


class Bundled(AnchorFree):
    """The detector that comes with the project: `models/face.onnx`, taught by YuNet.

    Made by `python train.py detector`; its card says what it misses.
    """

    name = "bundled"
    about = f"It comes with the app. YuNet, its teacher, finds somewhat more faces. {HOW_TO_GET}"
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

    def _landmarks(self, rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
        # All places of a face have learned the same landmarks, so their mean errs less than one.
        weights = rows[:, 4] * (iou(rows[keep, :4], rows[:, :4]) >= self.SAME)
        return weights @ rows[:, 5:] / weights.sum(axis=1, keepdims=True)


class Haar(FaceDetector):
    """OpenCV's frontal Haar cascade (Viola and Jones 2001), bundled with OpenCV 4.

    What student projects use: slower, and misses faces that are small, turned or dark.
    """

    name = "haar"
    about = (
        "OpenCV's basic detector (Haar): it misses small, turned and dark faces. Without "
        "FER_DETECTOR=haar the app takes a better one."
    )
    # Its boxes are 1.043 times as wide as YuNet's sqrt(w h) (median over the faces both found).
    crop_side = 1.06

    # Chosen among the three bundled frontal cascades with step 1.1-1.2 and 4-6 neighbours, on 160
    # photographs: of those that find 31 % of YuNet's confident faces this one has the fewest false
    # ones (0.02 a photograph; the usual `default` cascade 0.24 at 1.3 times the time).
    MIN_NEIGHBOURS = 4
    SCALE_STEP = 1.15
    MIN_FACE = 24
    MAX_SIZE = 640

    def __init__(self, size: int = 800) -> None:
        super().__init__(min(size, self.MAX_SIZE))
        folder = Path(cv2.data.haarcascades)  # type: ignore[attr-defined]
        path = folder / "haarcascade_frontalface_alt2.xml"
        self._cascade = cv2.CascadeClassifier(str(path))

    def _detect(self, frame: np.ndarray) -> Found:
        grey = cv2.equalizeHist(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey,
            scaleFactor=self.SCALE_STEP,
            minNeighbors=self.MIN_NEIGHBOURS,
            minSize=(self.MIN_FACE, self.MIN_FACE),
            outputRejectLevels=True,
        )
        if len(boxes) == 0:
            return _NOTHING
        return np.asarray(boxes, np.float32), np.ravel(weights).astype(np.float32), None


def find_yunet(settings: Settings) -> Path | None:
    """Path of YuNet's file, fetched if need be, or None where it cannot be had in time.

    A download that takes longer than `DOWNLOAD_SECONDS` goes on in the background, so that the
    next start finds the file.

    Raises:
        ValueError: the settings name a file that does not exist.
    """
    if settings.yunet is not None:
        if not settings.yunet.is_file():
            raise ValueError(f"FER_YUNET names {settings.yunet}, which does not exist")
        return settings.yunet
    for folder in (ROOT / "models", settings.shared / "models"):
        if (folder / YUNET_FILE).is_file():
            return folder / YUNET_FILE
    return _fetch_yunet(settings.download)


def _fetch_yunet(download: bool) -> Path | None:
    import pooch

    cache = Path(pooch.os_cache("classroom-mood-monitor"))
    target = cache / YUNET_FILE
    if target.is_file() and pooch.file_hash(str(target)) == YUNET_SHA256:
        return target
    if not download:
        return None
    failure: list[Exception] = []

    def fetch() -> None:
        try:
            pooch.retrieve(
                YUNET_URL,
                known_hash=f"sha256:{YUNET_SHA256}",
                fname=YUNET_FILE,
                path=cache,
                downloader=pooch.HTTPDownloader(timeout=DOWNLOAD_SECONDS),
            )
        except Exception as error:  # whatever the network does, the answer is that there is no file
            failure.append(error)

    worker = threading.Thread(target=fetch, name="fetch-yunet", daemon=True)
    worker.start()
    worker.join(DOWNLOAD_SECONDS)
    if worker.is_alive() or failure:
        reason = failure[0] if failure else f"no answer in {DOWNLOAD_SECONDS:.0f} s"
        log.warning("YuNet could not be fetched (%s)", reason)
        return None
    return target


def load_detector(settings: Settings) -> FaceDetector:
    """The detector that the settings ask for.

    Raises:
        ValueError: it cannot be had or read.
    """
    if settings.detector == "haar":
        return Haar(settings.detect_size)
    if settings.detector == "hog":
        # An optional extra, and it needs this module.
        from fer.faces.landmarks import Hog

        return Hog(settings.detect_size)
    if settings.detector == "yunet":
        path = find_yunet(settings)
        if path is None:
            raise ValueError(f"FER_DETECTOR asks for yunet, but it cannot be fetched. {HOW_TO_GET}")
        return YuNet(path, settings.detect_size)
    return Bundled(MODEL, settings.detect_size)
