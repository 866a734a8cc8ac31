"""The shared core on a 25-face 1280x720 gallery, compared with the method of student projects.

That naive method runs a Haar cascade, then one Keras `predict` of the classical network for each of
the 25 faces. It needs the training requirements; without them its keys are null.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.parts.footage import gallery, portraits
from fer.faces.core import MoodCore
from fer.faces.detect.base import Detection
from fer.faces.detect.haar import Haar

ROUNDS = 15
NAIVE_ROUNDS = 3


def run() -> dict:
    core = MoodCore.load()
    frame = gallery(portraits(25))
    detections = core.detector.detect(frame)
    crops = [core.crop(frame, face) for face in detections]
    core.read(frame)

    naive = _naive(frame, detections)
    ours: list[dict[str, float]] = []
    theirs: list[float] = []
    for number in range(ROUNDS):
        ours.append(
            {
                "detect_ms": _ms(lambda: core.detector.detect(frame)),
                "crop_ms": _ms(lambda: [core.crop(frame, face) for face in detections]),
                "classify_ms": _ms(lambda: core.classify(crops)),
                "read_ms": _ms(lambda: core.read(frame)),
            }
        )
        # The two methods take turns, so that other load on the machine slows both.
        if naive is not None and number % (ROUNDS // NAIVE_ROUNDS) == 0:
            theirs.append(_ms(naive))
    medians = {key: statistics.median(row[key] for row in ours) for key in ours[0]}
    return {
        "detector": core.detector_name,
        "faces": len(detections),
        **{key: round(value, 2) for key, value in medians.items()},
        "frames_per_second": round(1000 / medians["read_ms"], 1),
        "naive_ms": round(statistics.median(theirs), 1) if theirs else None,
        "ratio_vs_naive": (
            round(statistics.median(theirs) / medians["read_ms"], 1) if theirs else None
        ),
        "haar_faces": len(Haar().detect(frame)),
        "rounds": ROUNDS,
        "threads": os.cpu_count(),
    }


def _ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def _naive(frame: np.ndarray, faces: list[Detection]) -> Callable[[], object] | None:
    """The method of student projects: a cascade, then one Keras `predict` for each face.

    The cascade finds half of the gallery's faces. Faces that it misses are predicted in the core's
    boxes, so that both methods read the same number of faces.
    """
    try:
        from fer.training.emotion.networks import baseline
    except ImportError:
        return None
    model = baseline()
    cascade = cv2.CascadeClassifier(
        cv2.data.haarcascades + "haarcascade_frontalface_default.xml"  # type: ignore[attr-defined]
    )

    def read() -> None:
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        boxes = list(cascade.detectMultiScale(grey, 1.3, 5))
        for x, y, w, h in [*boxes, *(face.box for face in faces[len(boxes) :])]:
            crop = cv2.resize(grey[y : y + h, x : x + w], (48, 48)) / 255.0
            model.predict(crop.reshape(1, 48, 48, 1), verbose=0)

    read()
    return read
