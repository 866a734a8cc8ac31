"""The bundled detector beside YuNet and Haar: agreement on photographs, close-ups, and speed.

Agreement with YuNet is measured on the test photographs. `close_up_one_face`, `portrait_one_face`
and `framing_one_face` are the shares of pictures with one large face in which the detector sees
that face and nothing else: faces as a webcam frames a student, faces as a studio does, and one
portrait at all sizes and places. `tilt_N_found` is the share of the faces that is found again after
the test photographs were tilted by N degrees, and `tilt_N_eye_error` how far the line through the
eyes is then from the tilt, in degrees; for YuNet, too. Times are medians for one frame;
`close_up_time_ratio` divides the time for a close-up by that of the network's first look alone.

Needs the shared photographs and YuNet; figures that need what is missing are left out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.parts import closeups
from benchmarks.parts.footage import gallery, media, portraits
from fer.faces.detect.anchor_free import AnchorFree
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.detect.haar import Haar
from fer.faces.detect.yunet import YuNet, find_yunet
from fer.settings import Settings
from fer.training.detector import tilt
from fer.training.detector.evaluation import UNSURE, Exam
from fer.training.detector.photos import PARTS, Photos

SIZE = (640, 360)
"""(width, height) of the frame that is timed, px."""

ROUNDS = 60

PORTRAITS = 300
"""How many photographs of one face are framed anew."""


def run() -> dict:
    settings = Settings.from_environment()
    bundled, haar = Bundled(MODEL), Haar()
    teacher = find_yunet(settings)
    figures = {"detector": bundled.name, "model_kb": round(MODEL.stat().st_size / 1e3)}
    photos = settings.shared / "data" / "photos224.zip"
    if teacher is not None and photos.exists():
        figures |= _agreement(photos, teacher, bundled, haar)
    figures |= _large_faces(settings.shared / "data" / "wild_faces.zip", teacher, bundled)
    figures |= _speed(teacher, bundled, haar)
    figures |= _speed_of_close_ups(bundled)
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
    tilts: dict[str, float | None] = {}
    for prefix, detect in (("", bundled.detect), ("yunet_", YuNet(teacher).detect)):
        for angle, row in tilt.figures(detect, exam.pictures).items():
            tilts[f"{prefix}tilt_{angle}_found"] = _rounded(row["found"])
            tilts[f"{prefix}tilt_{angle}_eye_error"] = _rounded(row["eye_angle_error"])
    return {
        **tilts,
        "photographs": len(exam.pictures),
        **{key: _rounded(value) for key, value in ours.items()},
        **{
            f"haar_{key}": _rounded(theirs[key])
            for key in ("recall_32", "recall_20", "false_per_photo")
        },
    }


def _large_faces(path: Path, teacher: Path | None, bundled: Bundled) -> dict:
    """Shares of the pictures with one large face in which only that face is seen."""
    portrait = closeups.public_portrait()
    views = {"framing": closeups.framings(portrait)}
    if teacher is not None and path.exists():
        faces = closeups.photographs(path, YuNet(teacher), PORTRAITS)
        views |= {"close_up": closeups.close_ups(faces), "portrait": closeups.portraits(faces)}
    figures: dict[str, float | int | None] = {}
    for name, pictures in views.items():
        right = [closeups.sees_only(bundled, picture) for picture in pictures]
        figures[f"{name}_one_face"] = _rounded(float(np.mean(right)))
        figures[f"{name}s"] = len(right)
    return figures


class _OneLook(Bundled):
    """The bundled detector without its second look."""

    search = AnchorFree.search


def _speed_of_close_ups(bundled: Bundled) -> dict:
    frame = closeups.view(closeups.public_portrait(), 0.42, (0.5, 0.5)).picture
    ways = {"close_up_ms": bundled.detect, "one_look_ms": _OneLook(MODEL).detect}
    times = _taking_turns(ways, frame)
    ratios = [two / one for two, one in zip(*times.values(), strict=True)]
    return {
        "close_up_ms": _rounded(statistics.median(times["close_up_ms"])),
        "close_up_time_ratio": _rounded(statistics.median(ratios)),
    }


def _speed(teacher: Path | None, bundled: Bundled, haar: Haar) -> dict:
    """Median times of each detector on the same frame; the detectors take turns."""
    frame = gallery(portraits(25), width=SIZE[0], height=SIZE[1])
    ways: dict[str, Callable] = {"ms": bundled.detect, "haar_ms": haar.detect}
    if teacher is not None:
        opencv = cv2.FaceDetectorYN.create(str(teacher), "", SIZE, 0.6)
        ways |= {"yunet_ms": opencv.detect, "yunet_onnxruntime_ms": YuNet(teacher).detect}
    times = _taking_turns(ways, frame)
    return {name: _rounded(statistics.median(values)) for name, values in times.items()}


def _taking_turns(ways: dict[str, Callable], frame: np.ndarray) -> dict[str, list[float]]:
    """Times in ms. Each runs once a round, so that other load on the machine slows all."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, detect in ways.items():
            start = time.perf_counter()
            detect(frame)
            times[name].append(1000 * (time.perf_counter() - start))
    return times


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(np.float64(value)), 4)
