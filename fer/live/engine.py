"""One worker that reads the newest frames of many video streams.

Each stream has one slot. A new frame replaces the one that waits there, so no queue builds up and
the delay stays limited however slow the analysis is. The worker takes the streams that have waited
longest, reads their frames with one classifier batch, and publishes the readings. Handing in a
frame never waits for the analysis.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from fer.faces.core import FaceReading, MoodCore
from fer.mood.track import FaceTracker

log = logging.getLogger(__name__)

Listener = Callable[[float, list[FaceReading]], None]
"""A function that gets the capture time and the readings of a frame. It runs on the worker's
thread, so it has to return fast and must not call the engine."""


@dataclass(frozen=True)
class StreamStats:
    """Counts of one stream since it was opened.

    Attributes:
        analysed: number of frames read.
        failed: number of frames that could not be read because of an error.
        error: why the newest frame could not be read; None if it could.
    """

    analysed: int
    failed: int
    error: str | None


@dataclass(frozen=True)
class EngineStats:
    """The load of an engine at this moment, for the metrics of the app.

    Attributes:
        streams: number of open streams.
        analysed: number of frames read since the engine was made.
        failed: number of frames that could not be read because of an error.
        delay_s: the longest time from capture to reading within the last ten seconds, in seconds.
    """

    streams: int
    analysed: int
    failed: int
    delay_s: float


@dataclass(eq=False)
class Stream:
    """One source of frames, made by `MoodEngine.open`."""

    engine: MoodEngine
    tracker: FaceTracker
    listener: Listener | None
    number: int
    max_rate: float
    _frame: np.ndarray | None = None
    _captured: float = 0.0
    _waiting_since: float = 0.0
    _not_before: float = 0.0
    _analysed: int = 0
    _failed: int = 0
    _error: str | None = None
    _closed: bool = field(default=False)

    def put(self, frame: np.ndarray, captured: float | None = None) -> None:
        """Hand in a frame. This returns at once and may be called from any thread.

        Args:
            frame: uint8 (H, W, 3) BGR. The caller must not write to it afterwards.
            captured: time of capture by `time.monotonic()`; None means now.
        """
        self.engine._put(self, frame, time.monotonic() if captured is None else captured)

    @property
    def is_waiting(self) -> bool:
        """Whether a frame waits to be read."""
        return self._frame is not None

    @property
    def stats(self) -> StreamStats:
        """The stream's counts at this moment."""
        return StreamStats(self._analysed, self._failed, self._error)

    def close(self) -> None:
        """Leave the engine and drop the frame that waits. It is safe to call this twice."""
        self.engine._close(self)


class MoodEngine:
    """Reads the frames of many streams with one `MoodCore` on one worker thread.

    The worker starts with the first stream and ends with the last one, so an idle engine costs
    nothing.
    """

    def __init__(self, core: MoodCore, max_batch: int = 4) -> None:
        """Args:
        core: reads the frames.
        max_batch: number of streams whose faces share one classifier batch. A larger value uses
            the processor better, but the first stream of a batch waits for the last.
        """
        self.core = core
        self.max_batch = max_batch
        self._streams: list[Stream] = []
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        self._analysed = 0
        self._failed = 0
        self._delays: deque[tuple[float, float]] = deque(maxlen=200)

    @property
    def is_running(self) -> bool:
        """Whether the worker runs, which it does while a stream is open."""
        return self._worker is not None

    @property
    def stats(self) -> EngineStats:
        """The engine's counts at this moment. Safe from any thread."""
        since = time.monotonic() - 10.0
        delay = max((delay for when, delay in tuple(self._delays) if when >= since), default=0.0)
        return EngineStats(len(self._streams), self._analysed, self._failed, delay)

    def open(
        self,
        listener: Listener | None = None,
        *,
        tracker: FaceTracker | None = None,
        max_rate: float = 10.0,
    ) -> Stream:
        """Add a stream.

        Args:
            listener: called with every result, see `Listener`.
            tracker: follows the faces of the stream; None makes one with the defaults.
            max_rate: largest number of frames that are read per second. A mood does not change
                ten times a second.

        Raises:
            ValueError: `max_rate` is not positive.
        """
        if max_rate <= 0:
            raise ValueError(f"max_rate must be positive, not {max_rate}")
        if tracker is None:
            tracker = FaceTracker(abstain_below=self.core.classifier.abstain_below)
        stream = Stream(self, tracker, listener, next(self._numbers), max_rate)
        with self._changed:
            if self._worker is None:
                worker = threading.Thread(target=self._run, name="mood-engine", daemon=True)
                worker.start()  # may fail; the next stream tries again
                self._worker = worker
            self._streams.append(stream)
        return stream

    def _put(self, stream: Stream, frame: np.ndarray, captured: float) -> None:
        with self._changed:
            if stream._closed:
                return
            if stream._frame is None:
                # The first frame decides the place in the line, so that a fast stream that keeps
                # replacing its frame does not lose its turn.
                stream._waiting_since = time.monotonic()
                self._changed.notify()
            stream._frame, stream._captured = frame, captured

    def _close(self, stream: Stream) -> None:
        with self._changed:
            stream._closed = True
            stream._frame = None
            if stream in self._streams:
                self._streams.remove(stream)
            self._changed.notify()

    def _take(self) -> list[tuple[Stream, np.ndarray, float]] | None:
        """Wait for frames and take them; None when the last stream has left."""
        with self._changed:
            while True:
                if not self._streams:
                    self._worker = None
                    return None
                now = time.monotonic()
                waiting = [stream for stream in self._streams if stream._frame is not None]
                ready = [stream for stream in waiting if stream._not_before <= now]
                if ready:
                    break
                pause = min((stream._not_before - now for stream in waiting), default=None)
                self._changed.wait(pause)
            ready.sort(key=lambda stream: stream._waiting_since)
            batch = []
            for stream in ready[: self.max_batch]:
                assert stream._frame is not None
                batch.append((stream, stream._frame, stream._captured))
                stream._frame = None
                stream._not_before = max(stream._not_before + 1 / stream.max_rate, now)
            return batch

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            readings: list[list[FaceReading] | None]
            try:
                readings = [*self.core.read_many([frame for _, frame, _ in batch])]
            except Exception:
                # One bad frame must not take the turn of the others in its batch.
                readings = [self._read_alone(stream, frame) for stream, frame, _ in batch]
            for (stream, _, captured), faces in zip(batch, readings, strict=True):
                if faces is not None:
                    self._publish(stream, captured, faces)

    def _read_alone(self, stream: Stream, frame: np.ndarray) -> list[FaceReading] | None:
        try:
            return self.core.read(frame)
        except Exception as error:
            self._count_failure(stream, error)
            log.warning("stream %d: a frame could not be read: %s", stream.number, error)
            return None

    def _publish(self, stream: Stream, captured: float, faces: Sequence[FaceReading]) -> None:
        try:
            tracked = stream.tracker.update(captured, faces)
        except Exception as error:
            # All streams share this thread, so that no error may end it.
            self._count_failure(stream, error)
            log.exception("stream %d: the tracker failed", stream.number)
            return
        stream._error = None
        stream._analysed += 1
        self._analysed += 1
        now = time.monotonic()
        self._delays.append((now, now - captured))
        if stream.listener is None or stream._closed:
            return
        try:
            stream.listener(captured, tracked)
        except Exception:
            log.exception("stream %d: the listener failed", stream.number)

    def _count_failure(self, stream: Stream, error: Exception) -> None:
        stream._failed += 1
        stream._error = str(error)
        self._failed += 1
