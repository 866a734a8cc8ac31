"""The live session of one instructor: the mood over time, alerts and marks."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from fer.faces.core import FaceReading
from fer.live.engine import MoodEngine, Stream
from fer.live.ignored import Ignored
from fer.mood.alerts import AlertLimits
from fer.mood.prevalence import Prevalence, alike
from fer.mood.record import MoodRecord
from fer.mood.track import FaceTracker

STALE_SECONDS = 3.0
"""Readings older than this are no longer drawn, and their faces no longer counted as in view."""

RATE_SECONDS = 3.0
"""Number of seconds over which the rate of frames is measured."""


@dataclass(frozen=True)
class Vitals:
    """The technical state of a session at one moment.

    Attributes:
        faces: number of faces in the newest frame read; None if that frame is old or there is none.
        analysed_fps: frames read per second, over the last `RATE_SECONDS`.
        delay: seconds since the capture of the newest frame read; None before the first frame.
        receiving: seconds since the latest frame was handed in; None before the first frame of a
            source.
        faceless: seconds since a face was last seen, or since the first frame; None before it.
        error: why the newest frame could not be read; None if it could.
    """

    faces: int | None
    analysed_fps: float
    delay: float | None
    receiving: float | None
    faceless: float | None
    error: str | None


class LiveSession(MoodRecord):
    """Takes frames from one source at a time and keeps their readings over time.

    The first frame opens a stream to the engine and `close` closes it, so that an idle session
    costs nothing. The data stay when the stream is closed: pauses are gaps in the timeline.

    Frames may come from any thread; all other methods are for the page. Times are seconds since
    the first frame.

    Attributes:
        smoothing_s: time constant in seconds of the smoothing of each face; `tune` sets it.
        ignored: the parts of the picture whose faces do not count. They outlive `clear`.
    """

    MAX_RATE = 10.0
    """Largest number of frames that are read per second."""

    def __init__(self, engine: MoodEngine) -> None:
        """Args:
        engine: reads the frames.

        Raises:
            ModelError: the card of the engine's model cannot be used.
        """
        super().__init__(Prevalence.of_network(engine.core.classifier.card))
        self._engine = engine
        self._stream: Stream | None = None
        self.smoothing_s = 0.5
        self.ignored = Ignored()
        self.clear()

    def clear(self) -> None:
        """Delete all data. A running source goes on, and its time begins at zero again."""
        with self._lock:
            self.forget()
            self._origin: float | None = None
            self._until = 0.0
            self._latest: tuple[float, list[FaceReading]] | None = None
            self._faces_seen = 0.0
            self._arrived: float | None = None
            self._readings: deque[float] = deque(maxlen=100)

    def continue_from(self, other: LiveSession) -> None:
        """Go on with the data of another session, which is closed and empty afterwards.

        The time until this session gets its first frame is a pause.
        """
        other.close()
        with other._lock:
            origin, until, faces_seen = other._origin, other._until, other._faces_seen
            self.take_over(other)
            other.clear()
        with self._lock:
            self._origin, self._until, self._faces_seen = origin, until, faces_seen
        self.ignored.continue_from(other.ignored)

    def use(self, engine: MoodEngine) -> None:
        """Read frames with another engine from now on.

        The data stay if the engine's model is read as the one before. Else a new session begins:
        the sums of another network cannot be adjusted with the prevalence of this one.

        Raises:
            ModelError: the card of the engine's model cannot be used; everything stays as it was.
        """
        if engine is not self._engine:
            prevalence = Prevalence.of_network(engine.core.classifier.card)
            self.close()
            self._engine = engine
            if not alike(prevalence, self.prevalence):
                self.clear()
            self.prevalence = prevalence

    # --- the source's side -------------------------------------------------------------------

    def put(self, frame: np.ndarray, captured: float | None = None) -> None:
        """Hand in a frame. This returns at once.

        Args:
            frame: uint8 (H, W, 3) BGR; must not be written to afterwards.
            captured: time of capture by `time.monotonic()`; None means now.
        """
        captured = time.monotonic() if captured is None else captured
        with self._lock:
            if self._stream is None:
                tracker = FaceTracker(
                    smoothing_s=self.smoothing_s,
                    abstain_below=self._engine.core.classifier.abstain_below,
                )
                self._stream = self._engine.open(self.take, tracker=tracker, max_rate=self.MAX_RATE)
                self._faces_seen = captured
            if self._origin is None:
                self._origin = self._faces_seen = captured
            self._arrived = captured
            stream = self._stream
        self.ignored.look(frame)
        stream.put(frame, captured)

    def close(self) -> None:
        """End the stream; the data stay. It is safe to call this at any time, and twice."""
        with self._lock:
            stream, self._stream = self._stream, None
            # The pause before the next source must not count as its interruption.
            self._latest = self._arrived = None
        self.ignored.pause()
        if stream is not None:
            stream.close()

    def in_view(self) -> list[FaceReading]:
        """The newest readings, for drawing; empty if they are older than `STALE_SECONDS`."""
        latest = self._latest
        if latest is None or time.monotonic() - latest[0] > STALE_SECONDS:
            return []
        return latest[1]

    def take(self, captured: float, readings: list[FaceReading]) -> None:
        """Add the readings of a frame; the engine calls this on its worker thread.

        Args:
            captured: time of capture by `time.monotonic()`. Readings of frames that were captured
                before the session began, or that come after its stream was closed, are dropped.
            readings: all faces of the frame. Those in ignored areas are dropped, too.
        """
        with self._lock:
            if self._origin is None or captured < self._origin or self._stream is None:
                return
            t = captured - self._origin
            readings = self.ignored.counted(captured, readings)
            self.window.add(t, readings)
            self._until = max(self._until, t)
            self._latest = (captured, readings)
            self._readings.append(time.monotonic())
            if readings:
                self._faces_seen = captured
            # A second is fed to the alerts once it is over.
            self.feed(math.floor(t) - 1)

    # --- the page's side ---------------------------------------------------------------------

    @property
    def streaming(self) -> bool:
        """Whether a source has handed in frames and has not been closed since."""
        return self._stream is not None

    @property
    def now(self) -> float:
        """Seconds since the first frame; 0 before the first frame."""
        return 0.0 if self._origin is None else time.monotonic() - self._origin

    @property
    def shown_until(self) -> float:
        """Time in seconds at which charts and numbers end: now, or the last frame of a source that
        has ended.

        So the last measurements stay in view, however long the page is left open after a lecture.
        """
        return self.now if self.streaming else self._until

    def tune(self, *, smoothing_s: float, limits: AlertLimits) -> None:
        """Set the sensitivity. New limits are applied to the last `MoodWindow.MAX_SECONDS`.

        Args:
            smoothing_s: time constant in seconds of the smoothing of each face.
            limits: when to raise alerts.
        """
        with self._lock:
            if smoothing_s != self.smoothing_s:
                self.smoothing_s = smoothing_s
                if self._stream is not None:
                    self._stream.tracker.smoothing_s = smoothing_s
        self.limit(limits)

    def vitals(self) -> Vitals:
        """The technical state of the session now."""
        with self._lock:
            now = time.monotonic()
            stats = None if self._stream is None else self._stream.stats
            latest = self._latest
            fresh = latest is not None and now - latest[0] <= STALE_SECONDS
            return Vitals(
                faces=len(latest[1]) if fresh and latest is not None else None,
                analysed_fps=_rate(self._readings, now),
                delay=None if latest is None else now - latest[0],
                receiving=None if self._arrived is None else now - self._arrived,
                faceless=None if self._origin is None else now - self._faces_seen,
                error=None if stats is None else stats.error,
            )

    @property
    def began(self) -> float | None:
        """Time of the first frame in seconds since 1970; None before the first frame."""
        return None if self._origin is None else time.time() - (time.monotonic() - self._origin)


def _rate(times: deque[float], now: float) -> float:
    return sum(now - t <= RATE_SECONDS for t in times) / RATE_SECONDS
