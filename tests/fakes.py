"""Small stand-ins that several tests share: a core, a detector, a classifier, a wait."""

from __future__ import annotations

import contextlib
import os
import threading
import time

import numpy as np

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, MoodCore
from fer.faces.detect.base import Detection, FaceDetector
from tests.footage import number_of


class StubCore:
    """Reads a frame as one face whose box is made of the frame's first pixel; slow on request."""

    class classifier:
        abstain_below = 0.0
        classes = EMOTIONS
        card = {}  # noqa: RUF012

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.batches = []
        self.waiting = 0
        self.gate = threading.Event()
        self.gate.set()

    def read_many(self, frames):
        self.waiting += 1
        self.gate.wait(60)
        time.sleep(self.seconds)
        self.batches.append([int(frame.flat[0]) for frame in frames])
        return [self._read(frame) for frame in frames]

    def read(self, frame):
        return self.read_many([frame])[0]

    def _read(self, frame):
        if frame.flat[0] == 255:
            raise ValueError("a bad frame")
        return [FaceReading((int(frame.flat[0]), 0, 9, 9), np.full(7, 1 / 7, np.float32))]


def frame(value):
    return np.full((2, 2, 3), value, np.uint8)


def wait_for(condition, seconds=60.0, pause=lambda: time.sleep(0.005)):
    """Wait until a condition holds; fails after so many seconds, which leave room for a busy
    machine. `pause` is called between two looks."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        pause()


@contextlib.contextmanager
def closed(folder):
    """Meanwhile this process may not look into a folder; as root it may look into all of them."""
    mode, is_root = folder.stat().st_mode, os.geteuid() == 0
    folder.chmod(0)
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(mode)


class FixedDetector(FaceDetector):
    """Reports the same boxes in every frame."""

    name = "fixed"
    about = "for tests"
    crop_side = 1.0

    def __init__(self, *boxes: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.boxes = boxes

    def detect(self, frame):
        return [Detection(box, 1.0) for box in self.boxes]

    def search(self, frame):
        raise NotImplementedError


class Numbers:
    """A classifier that tells happy and sad from the number in the picture: no network."""

    card = {"name": "numbers"}  # noqa: RUF012
    abstain_below = 0.0
    classes = EMOTIONS
    input_side = 48

    def classify(self, crops):
        rows = np.full((len(crops), 7), 0.02, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            row[EMOTIONS.index("happy" if number_of(crop) % 50 < 25 else "sad")] = 0.88
        return rows


def make_core(boxes=((0, 0, 160, 96), (2, 2, 20, 20))) -> MoodCore:
    return MoodCore(FixedDetector(*boxes), Numbers())
