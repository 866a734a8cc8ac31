"""Turns small pictures of one person, which come one by one, into one-second buckets."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence

import numpy as np

from fer.faces.core import FaceReading
from fer.live.engine import MoodEngine, Stream
from fer.media.image import decode_picture
from fer.mood.bucket import MoodBucket

LONGEST = 320
"""Longest side of a picture in pixels. A larger one is refused before it is decoded."""

MAX_RATE = 2.5
"""Most pictures of one person that are read in a second."""

BUCKET_GAP_S = 0.75
"""Fewest seconds between two buckets: less than 1, as pictures come a little early or late."""


def small_picture(jpeg: bytes) -> np.ndarray:
    """Decode a person's picture, which takes about a millisecond; returns uint8 (H, W, 3) BGR.

    Args:
        jpeg: a baseline JPEG file whose sides have at most `LONGEST` px.

    Raises:
        PictureError: it is not such a file, or it is damaged.
    """
    return decode_picture(jpeg, formats=["JPEG"], longest=LONGEST, progressive=False)


class PictureFeed:
    """Passes one person's pictures to the engine, and their readings to the class.

    The first picture opens the stream to the engine. Closing the feed forgets everything about the
    person: the picture that waits, the face's track and its smoothed reading. A feed may be used
    again after it was closed.
    """

    def __init__(
        self,
        engine: MoodEngine,
        on_reading: Callable[[FaceReading | None], None],
        on_second: Callable[[MoodBucket], None],
    ) -> None:
        """Args:
        engine: the engine that reads the pictures.
        on_reading: called for each picture that was read, with the largest face, or with None if
            it shows no face.
        on_second: called at most once a second, with the bucket of one frame that shows one face or
            none. A person whose pictures come faster does not count more.

        Both are called on the engine's thread and must return fast.
        """
        self._engine = engine
        self._on_reading = on_reading
        self._on_second = on_second
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._counted = -math.inf

    def put(self, frame: np.ndarray, captured: float) -> None:
        """Hand in a picture; returns at once. Call it and `close` on the same thread.

        Args:
            frame: uint8 (H, W, 3) BGR; must not be written to afterwards.
            captured: when the picture came, by `time.monotonic()`.
        """
        with self._lock:
            if self._stream is None:
                self._stream = self._engine.open(self._note, max_rate=MAX_RATE)
            stream = self._stream
        stream.put(frame, captured)

    def close(self) -> None:
        """Leave the engine and forget the person. May be called twice."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _note(self, captured: float, readings: Sequence[FaceReading]) -> None:
        with self._lock:
            if self._stream is None:
                return
            counts = captured - self._counted >= BUCKET_GAP_S
            if counts:
                self._counted = captured
        # People in the background did not agree to anything: only the nearest face counts.
        face = max(readings, key=lambda reading: reading.box[2] * reading.box[3], default=None)
        if counts:
            self._on_second(MoodBucket.of([] if face is None else [face]))
        self._on_reading(face)
