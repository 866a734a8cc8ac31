"""The choice of the detector."""

from __future__ import annotations

from collections.abc import Callable

from fer.errors import SettingsError
from fer.faces.detect.base import FaceDetector
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.detect.haar import Haar
from fer.faces.detect.hog import Hog
from fer.faces.detect.yunet import HOW_TO_GET, YuNet, find_yunet
from fer.settings import Settings

MOST_THREADS = 2
"""How many threads a search uses at most. With two it takes 0.7 of the time that it takes with one
and a quarter more processor time; if the other core is busy, both stay as they are."""


def load_detector(settings: Settings) -> FaceDetector:
    """Load the detector that the settings name.

    Raises:
        ModelError: its file cannot be read.
        SettingsError: the detector is not installed, or `LOADERS` has none with this name.
    """
    load = LOADERS.get(settings.detector)
    if load is None:
        raise SettingsError(
            f"FER_DETECTOR is {settings.detector}, but fer/faces/detect/load.py does not load it"
        )
    return load(settings)


def _yunet(settings: Settings) -> YuNet:
    path = find_yunet(settings)
    if path is None:
        raise SettingsError(f"FER_DETECTOR is yunet, but YuNet cannot be fetched. {HOW_TO_GET}")
    return YuNet(path, settings.detect_size, threads=_threads(settings))


def _threads(settings: Settings) -> int:
    return min(settings.threads, MOST_THREADS)


LOADERS: dict[str, Callable[[Settings], FaceDetector]] = {
    "bundled": lambda settings: Bundled(MODEL, settings.detect_size, threads=_threads(settings)),
    "yunet": _yunet,
    "haar": lambda settings: Haar(settings.detect_size),
    "hog": lambda settings: Hog(settings.detect_size),
}
"""How each detector is loaded, by its name in `fer.settings.DETECTORS`."""
