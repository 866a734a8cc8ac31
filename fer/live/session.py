"""One instructor's live session: a source of frames, its mood over time, alerts and marks."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.core import FaceReading
from fer.live.engine import MoodEngine, Stream
from fer.mood.alerts import AlertLimits, MoodAlerts, Watched
from fer.mood.bucket import MoodBucket
from fer.mood.prevalence import Prevalence, Shares
from fer.mood.tabulate import tabulate
from fer.mood.track import FaceTracker
from fer.mood.trigger import Event
from fer.mood.window import Mark, MoodWindow
from fer.text import inert_cell

CHART_SECONDS = 300
"""Seconds that the charts show, but for the whole session, which is thinned to as many rows."""

STALE_SECONDS = 3.0
"""Readings older than this are no longer drawn or counted as what is in view."""

TREND_MINUTES = 10
"""Minutes over which it is judged whether the class is steady."""

RATE_SECONDS = 3.0
"""Span over which frames read a second are counted."""


@dataclass(frozen=True)
class Vitals:
    """How a session is doing at one moment.

    Attributes:
        faces: faces in the newest frame read; None where that frame is stale or there is none.
        analysed_fps: frames read a second, over the last `RATE_SECONDS`.
        delay: s since the capture of the newest frame read; None before the first.
        receiving: s since the latest frame was handed in; None before a source's first.
        faceless: s since a face was last seen, counted from the first frame; None before it.
        error: text of the latest error of the analysis, or None.
    """

    faces: int | None
    analysed_fps: float
    delay: float | None
    receiving: float | None
    faceless: float | None
    error: str | None


class LiveSession:
    """Takes frames from one source at a time and keeps what they say about the class.

    The stream to the engine is opened by the first frame and closed by `close`, so a session that
    stands idle costs nothing. Data outlive the stream: pauses are gaps in the timeline.

    Frames may come from any thread; everything else is for the page. Times are seconds since the
    first frame.
    """

    MAX_RATE = 10.0
    """Frames read a second at the most."""

    def __init__(self, engine: MoodEngine) -> None:
        """Args:
        engine: reads the frames.

        Raises:
            ModelError: the card of its model cannot be used.
        """
        self._engine = engine
        self.prevalence = _prevalence(engine)
        """Of the network that reads the faces; None where its card has none."""
        self._lock = threading.RLock()
        self._stream: Stream | None = None
        self._smoothing_s = 0.5
        self._limits = AlertLimits()
        self.clear()

    def clear(self) -> None:
        """Forget everything seen so far. A running source goes on, from zero."""
        with self._lock:
            self.window = MoodWindow()
            self._alerts = MoodAlerts(self._limits)
            self._origin: float | None = None
            self._until = 0.0
            self._watched: deque[Watched] = deque(maxlen=MoodWindow.MAX_SECONDS)
            self._fed = -1
            self._latest: tuple[float, list[FaceReading]] | None = None
            self._faces_seen = 0.0
            self._arrived: float | None = None
            self._readings: deque[float] = deque(maxlen=100)
            self._minutes: tuple[int, np.ndarray] | None = None

    def use(self, engine: MoodEngine) -> None:
        """Read frames with another engine from now on. The data stay."""
        if engine is not self._engine:
            self.close()
            self._engine = engine
            self.prevalence = _prevalence(engine)

    # --- the source's side -------------------------------------------------------------------

    def put(self, frame: np.ndarray, captured: float | None = None) -> None:
        """Hand in a frame; returns at once.

        Args:
            frame: uint8 (H, W, 3) BGR; must not be written to afterwards.
            captured: time of capture by `time.monotonic()`; None means now.
        """
        captured = time.monotonic() if captured is None else captured
        with self._lock:
            if self._stream is None:
                tracker = FaceTracker(
                    smoothing_s=self._smoothing_s,
                    abstain_below=self._engine.core.classifier.abstain_below,
                )
                self._stream = self._engine.open(
                    self._note, tracker=tracker, max_rate=self.MAX_RATE
                )
                self._faces_seen = captured
            if self._origin is None:
                self._origin = self._faces_seen = captured
            self._arrived = captured
            stream = self._stream
        stream.put(frame, captured)

    def close(self) -> None:
        """End the stream; the data stay. May be called at any time, and twice."""
        with self._lock:
            stream, self._stream = self._stream, None
            # The next source is not to blame for the pause before it.
            self._latest = self._arrived = None
        if stream is not None:
            stream.close()

    def in_view(self) -> list[FaceReading]:
        """The newest readings, for drawing; empty once they are stale."""
        latest = self._latest
        if latest is None or time.monotonic() - latest[0] > STALE_SECONDS:
            return []
        return latest[1]

    def _note(self, captured: float, readings: list[FaceReading]) -> None:
        """The engine's listener; runs on its worker thread."""
        with self._lock:
            if self._origin is None or captured < self._origin or self._stream is None:
                return
            t = captured - self._origin
            self.window.add(t, readings)
            self._until = max(self._until, t)
            self._latest = (captured, readings)
            self._readings.append(time.monotonic())
            if readings:
                self._faces_seen = captured
            # A second is fed to the alerts once it is over.
            done = math.floor(t) - 1
            if done > self._fed:
                for second, bucket in self.window.seconds(self._fed + 1, done):
                    if bucket.frames:
                        self._watched.append(Watched.of(second, bucket, self.prevalence))
                        self._alerts.update(self._watched[-1])
                self._fed = done

    # --- the page's side ---------------------------------------------------------------------

    @property
    def streaming(self) -> bool:
        """Whether a source has handed in frames and was not closed since."""
        return self._stream is not None

    @property
    def now(self) -> float:
        """Seconds since the first frame; 0 before it."""
        return 0.0 if self._origin is None else time.monotonic() - self._origin

    @property
    def shown_until(self) -> float:
        """Seconds up to which charts and numbers look: now, or the end of a source that ended.

        What was measured last stays in view however long the page is left open after the lecture.
        """
        return self.now if self.streaming else self._until

    def tune(self, *, smoothing_s: float, limits: AlertLimits) -> None:
        """Set the sensitivity. New limits are applied to the last `MoodWindow.MAX_SECONDS`.

        Args:
            smoothing_s: time constant of each face's smoothing.
            limits: when to raise alerts.
        """
        with self._lock:
            if smoothing_s != self._smoothing_s:
                self._smoothing_s = smoothing_s
                if self._stream is not None:
                    self._stream.tracker.smoothing_s = smoothing_s
            if limits == self._limits:
                return
            self._limits = limits
            watched = self._watched
            known = list(watched)
        # The engine's worker, which all sessions share, does not wait for hours to be read again.
        alerts = MoodAlerts(limits)
        for row in known:
            alerts.update(row)
        last = known[-1].second if known else -math.inf
        with self._lock:
            # Unless the session was cleared, or the limits were changed again.
            if self._watched is watched and self._limits is limits:
                for row in watched:
                    if row.second > last:
                        alerts.update(row)
                self._alerts = alerts

    def vitals(self) -> Vitals:
        """How the session is doing now."""
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

    def mood(self, seconds: float | None) -> MoodBucket:
        """The mood over the last `seconds` shown, or over the whole session for None."""
        if seconds is None:
            return self.window.total()
        return self.window.total(self.shown_until, seconds)

    def shares(self, seconds: float | None) -> Shares:
        """The class's shares over the last `seconds` shown, or the whole session for None."""
        return self.mood(seconds).class_shares(self.prevalence)

    def minutes(self) -> np.ndarray:
        """Shares of the emotions in each of the last `TREND_MINUTES`, the newest last.

        Returns:
            float64 (m, 7) in `EMOTIONS` order; NaN where no face was read. Only whole minutes and
            the one that has just begun; anew once a second.
        """
        until = math.floor(self.shown_until)
        minutes = self._minutes
        if minutes is None or minutes[0] != until:
            count = min(TREND_MINUTES, until // 60 + 1)
            ends = [until - 60 * back for back in reversed(range(count))]
            numbers = np.stack([self.window.total(end, 60).numbers for end in ends])
            table = tabulate(ends, numbers, self.prevalence)
            self._minutes = minutes = (until, table[list(EMOTIONS)].to_numpy(float))
        return minutes[1]

    @property
    def alerts(self) -> list[Event]:
        """All alerts so far. When the source has ended, none of them lasts any longer."""
        with self._lock:
            if self.streaming:
                return list(self._alerts.events)
            return [
                replace(event, end=self._until) if event.end is None else event
                for event in self._alerts.events
            ]

    @property
    def marks(self) -> list[Mark]:
        """All marks so far."""
        return list(self.window.marks)

    def mark(self, text: str) -> None:
        """Mark this moment."""
        self.window.mark(self.now, text)

    def rename_mark(self, mark: Mark, text: str) -> None:
        """Give a mark another text; one that is no longer there is left alone."""
        marks = self.window.marks
        if mark in marks:
            marks[marks.index(mark)] = replace(mark, text=text)

    def delete_mark(self, mark: Mark) -> None:
        """Take a mark back."""
        if mark in self.window.marks:
            self.window.marks.remove(mark)

    @property
    def began(self) -> float | None:
        """When the first frame came, in s since 1970; None before it."""
        return None if self._origin is None else time.time() - (time.monotonic() - self._origin)

    def table(self) -> pd.DataFrame:
        """The whole session, one row a second, see `fer.mood.timeline.TIMELINE_COLUMNS`."""
        return self.window.timeline()

    def chart_table(self, *, whole: bool, smooth_s: int) -> pd.DataFrame:
        """The rows that the charts show, see `fer.mood.timeline.TIMELINE_COLUMNS`.

        Args:
            whole: the whole session, thinned to `CHART_SECONDS` rows; else the last
                `CHART_SECONDS` seconds.
            smooth_s: seconds that each row sums up, at least.
        """
        until = self.shown_until
        if not whole:
            since = until - CHART_SECONDS
            return self.window.timeline(
                smooth_s, since=since, until=until, prevalence=self.prevalence
            )
        step = max(1, math.ceil(until / CHART_SECONDS))
        return self.window.timeline(smooth_s, until=until, step_s=step, prevalence=self.prevalence)

    def csv(self) -> str:
        """The whole session as a CSV table: one row a second and a column with the marks.

        Of a pause of more than an hour the first and the last second are rows.
        """
        marks: dict[int, list[str]] = {}
        for mark in self.marks:
            marks.setdefault(math.floor(mark.t), []).append(inert_cell(mark.text))
        table = self.window.timeline(prevalence=self.prevalence)
        # Whole numbers, which the format below would round from 10,000 s on.
        table = table.astype({"t": int, "frames": int})
        table["mark"] = ["; ".join(marks.get(t, ())) for t in table["t"]]
        return table.to_csv(index=False, float_format="%.4g")


def _prevalence(engine: MoodEngine) -> Prevalence | None:
    try:
        return Prevalence.from_card(engine.core.classifier.card)
    except ValueError as error:
        raise ModelError(str(error)) from error


def _rate(times: deque[float], now: float) -> float:
    return sum(now - t <= RATE_SECONDS for t in times) / RATE_SECONDS
