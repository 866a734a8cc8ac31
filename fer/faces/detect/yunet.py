"""OpenCV's YuNet detector, and how its file is fetched."""

from __future__ import annotations

import functools
import logging
import threading
from pathlib import Path

import numpy as np

from fer.errors import ModelError, SettingsError
from fer.faces.detect.anchor_free import STRIDES, AnchorFree, planes
from fer.network import open_network
from fer.settings import ROOT, Settings

log = logging.getLogger(__name__)

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
"""How to get YuNet, for messages."""

DOWNLOAD_SECONDS = 3.0
"""Longest time in seconds that the start of the app waits for the download."""

_OUTPUTS = tuple(f"{kind}_{step}" for kind in ("cls", "obj", "bbox", "kps") for step in STRIDES)


class YuNet(AnchorFree):
    """OpenCV's YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector").

    It finds faces down to about 10 px in the frame that it searches, turned faces too, and gives
    landmarks. The landmarks follow a tilted or turned head only in faces of about 100 px and more:
    for a head tilted by 20 degrees they show 3 degrees at 70 px, 14 at 140 px and 15 at 280 px
    (means over five faces of the test footage). Smaller faces get the landmarks of an average,
    upright face.
    """

    name = "yunet"
    about = "OpenCV's YuNet, the most accurate of the detectors here."
    # Measured on 2,412 FER2013 training faces: the median box has sqrt(w h) = 0.903 of the image
    # side and its centre at (0.501, 0.500) of the image.
    crop_side = 1.107

    # The file fixes its input to 640x640 px. The first bytes are those of the protocol buffer that
    # hold the two dimensions. The second ones, of the same length, name the dimensions instead,
    # which leaves them open.
    _FIXED = bytes.fromhex("0a030880050a03088005")
    _OPEN = bytes.fromhex("0a031201680a03120177")

    def __init__(
        self, model: Path | str, size: int = 800, *, score: float = 0.6, threads: int = 1
    ) -> None:
        """Args:
            model: path of the ONNX file.
            size: see `FaceDetector`.
            score: answers with a lower score are dropped. Below 0.6, more turned faces are found,
                and more hands and posters too.
            threads: how many threads one search may use.

        Raises:
            ModelError: the file is not YuNet's.
        """
        super().__init__(size, score=score)
        self._model, self._threads = Path(model), threads
        try:
            network = Path(model).read_bytes()
            if network.count(self._FIXED) != 1:
                raise ValueError(f"it is not the file {YUNET_FILE}")
            network = network.replace(self._FIXED, self._OPEN)
            # onnxruntime takes a third of the time that OpenCV's own FaceDetectorYN takes (5.2 ms
            # of processor time against 16.9 ms at 800x480).
            self._session = open_network(network, threads, short_layers=True)
            names = {output.name for output in self._session.get_outputs()}
            if not names.issuperset(_OUTPUTS):
                raise ValueError("its outputs have other names")
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise ModelError(f"{model} cannot be read as the YuNet detector: {error}") from error
        self._input = self._session.get_inputs()[0].name

    def __reduce__(self) -> tuple:
        # Neither the session nor the lock can be sent to another process.
        remake = functools.partial(YuNet, score=self.score, threads=self._threads)
        return remake, (self._model, self.size)

    def with_one_thread(self) -> YuNet:
        if self._threads == 1:
            return self
        return YuNet(self._model, self.size, score=self.score)

    def places(self, frame: np.ndarray) -> np.ndarray:
        blob = {self._input: planes(frame)}
        outputs = [output[0] for output in self._session.run(list(_OUTPUTS), blob)]
        kinds = [np.concatenate(outputs[at : at + 3]) for at in range(0, len(outputs), 3)]
        cls, obj, boxes, landmarks = kinds
        score = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))
        return np.concatenate([score, boxes, landmarks], axis=1)


def find_yunet(settings: Settings) -> Path | None:
    """Find YuNet's file, and download it if it is missing.

    A download that takes longer than `DOWNLOAD_SECONDS` goes on in the background, so that the
    next start finds the file.

    Returns:
        Its path, or None if the file cannot be fetched in time.

    Raises:
        SettingsError: the settings name a file that does not exist.
    """
    if settings.yunet is not None:
        if not settings.yunet.is_file():
            raise SettingsError(f"FER_YUNET names {settings.yunet}, which does not exist")
        return settings.yunet
    for folder in (ROOT / "models", settings.shared / "models"):
        if (folder / YUNET_FILE).is_file():
            return folder / YUNET_FILE
    return _fetch_yunet(settings.download)


def _fetch_yunet(download: bool) -> Path | None:
    import pooch  # not needed where the file is there

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
        except Exception as error:  # whatever goes wrong in the network: there is no file
            failure.append(error)

    worker = threading.Thread(target=fetch, name="fetch-yunet", daemon=True)
    worker.start()
    worker.join(DOWNLOAD_SECONDS)
    if worker.is_alive() or failure:
        reason = failure[0] if failure else f"no answer in {DOWNLOAD_SECONDS:.0f} s"
        log.warning("YuNet could not be fetched (%s)", reason)
        return None
    return target
