"""The choice of the detector."""

from __future__ import annotations

from fer.faces.detect.base import FaceDetector
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.detect.haar import Haar
from fer.faces.detect.hog import Hog
from fer.faces.detect.yunet import HOW_TO_GET, YuNet, find_yunet
from fer.settings import Settings


def load_detector(settings: Settings) -> FaceDetector:
    """Load the detector that the settings name.

    Raises:
        ValueError: the detector is not installed or its file cannot be read.
    """
    if settings.detector == "haar":
        return Haar(settings.detect_size)
    if settings.detector == "hog":
        return Hog(settings.detect_size)
    if settings.detector == "yunet":
        path = find_yunet(settings)
        if path is None:
            raise ValueError(f"FER_DETECTOR is yunet, but YuNet cannot be fetched. {HOW_TO_GET}")
        return YuNet(path, settings.detect_size)
    return Bundled(MODEL, settings.detect_size)
