"""The bundled detector beside YuNet and Haar: agreement on the test photographs, and speed.

Needs the shared photographs and YuNet; keys that need what is missing are null.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks._footage import gallery, media, portraits
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.detect.haar import Haar
from fer.faces.detect.yunet import YuNet, find_yunet
from fer.settings import Settings
from fer.training.detector.evaluation import UNSURE, Exam
from fer.training.detector.photos import PARTS, Photos

SIZE = (640, 360)
"""(width, height) of the frame that is timed, px."""

ROUNDS = 60


def run() -> dict:
    settings = Settings.from_environment()
    bundled, haar = Bundled(MODEL), Haar()
    teacher = find_yunet(settings)
    figures = {"detector": bundled.name, "model_kb": round(MODEL.stat().st_size / 1e3)}
    photos = settings.shared / "data" / "photos224.zip"
    if teacher is not None and photos.exists():
        figures |= _agreement(photos, teacher, bundled, haar)
    figures |= _speed(teacher, bundled, haar)
    folder = media()
    if folder is not None:
        for name in ("group_of_6.jpg", "crowd.jpg"):
            picture = cv2.imread(str(folder / name))
            figures[f"faces_{name.partition('.')[0]}"] = len(Bundled(MODEL, 2048).detect(picture))
        figures["faces_gallery_of_25"] = len(bundled.detect(gallery(portraits(25))))
    return figures


def _agreement(photos: Path, teacher: Path, bundled: Bundled, haar: Haar) -> dict:
    exam = Exam.of(Photos.read(photos).part(PARTS["test"]), YuNet(teacher, score=UNSURE).detect)
    ours, theirs = (exam.figures(exam.answers(which.detect)) for which in (bundled, haar))
    return {
        "photographs": len(exam.pictures),
        **{key: _rounded(value) for key, value in ours.items()},
        **{
            f"haar_{key}": _rounded(theirs[key])
            for key in ("recall_32", "recall_20", "false_per_photo")
        },
    }


def _speed(teacher: Path | None, bundled: Bundled, haar: Haar) -> dict:
    """Medians of each on the same frame, taking turns."""
    frame = gallery(portraits(25), width=SIZE[0], height=SIZE[1])
    ways: dict[str, Callable] = {"ms": bundled.detect, "haar_ms": haar.detect}
    if teacher is not None:
        opencv = cv2.FaceDetectorYN.create(str(teacher), "", SIZE, 0.6)
        ways |= {"yunet_ms": opencv.detect, "yunet_onnxruntime_ms": YuNet(teacher).detect}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, detect in ways.items():
            start = time.perf_counter()
            detect(frame)
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: _rounded(statistics.median(own)) for name, own in times.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(np.float64(value)), 4)
