"""A camera or a window that shows many people, as one more source of a class."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from fer.faces.core import FaceReading
from fer.live.engine import MoodEngine, Stream
from fer.live.ignored import Ignored
from fer.live.picture_feed import BUCKET_GAP_S
from fer.live.session import STALE_SECONDS
from fer.mood.bucket import MoodBucket

MAX_RATE = 4.0
"""Most frames read in a second. The class counts one of them; the others follow the faces."""


class TakesFrames(Protocol):
    """What takes the frames of a camera or a shared window.

    Attributes:
        ignored: the parts of the picture whose faces do not count.
    """

    ignored: Ignored

    def put(self, frame: np.ndarray, captured: float | None = None) -> None:
        """Hand in a frame, uint8 (H, W, 3) BGR; returns at once."""

    def in_view(self) -> list[FaceReading]:
        """The newest readings, for drawing; empty once they are stale."""

    def close(self) -> None:
        """Note that the source has ended."""


class RoomFeed:
    """Passes frames to the engine, and the faces of one frame a second to the class.

    The first frame opens the stream to the engine. A feed may be used again after it was closed.
    Frames may come from any thread.

    Attributes:
        ignored: the parts of the picture whose faces do not count.
    """

    def __init__(
        self,
        engine: MoodEngine,
        on_second: Callable[[MoodBucket], None],
        on_end: Callable[[], None],
    ) -> None:
        """Args:
        engine: the engine that reads the frames.
        on_second: called at most once a second, with the bucket of one frame, on the engine's
            thread; it must return fast.
        on_end: called when a source has ended that had handed in frames.
        """
        self.ignored = Ignored()
        self._engine = engine
        self._on_second = on_second
        self._on_end = on_end
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._counted = -math.inf
        self._latest: tuple[float, list[FaceReading]] | None = None

    def put(self, frame: np.ndarray, captured: float | None = None) -> None:
        """Hand in a frame; returns at once.

        Args:
            frame: uint8 (H, W, 3) BGR; must not be written to afterwards.
            captured: time of capture by `time.monotonic()`; None means now.
        """
        with self._lock:
            if self._stream is None:
                self._stream = self._engine.open(self._note, max_rate=MAX_RATE)
            stream = self._stream
        self.ignored.look(frame)
        stream.put(frame, captured)

    def in_view(self) -> list[FaceReading]:
        """The newest readings, for drawing; empty once they are stale."""
        latest = self._latest
        if latest is None or time.monotonic() - latest[0] > STALE_SECONDS:
            return []
        return latest[1]

    def close(self) -> None:
        """Leave the engine and the class. May be called twice."""
        with self._lock:
            stream, self._stream = self._stream, None
            self._latest = None
        self.ignored.pause()
        if stream is not None:
            stream.close()
            self._on_end()

    def _note(self, captured: float, readings: list[FaceReading]) -> None:
        with self._lock:
            if self._stream is None:
                return
            readings = self.ignored.counted(captured, readings)
            self._latest = captured, readings
            if captured - self._counted < BUCKET_GAP_S:
                return
            self._counted = captured
        self._on_second(MoodBucket.of(readings))
