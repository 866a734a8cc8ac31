"""The record of a session or a class: its seconds, shares, alerts, marks, and tables of them.

A visitor's live session and a class of many students are both such records, so pages and reports
take either.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import replace

import numpy as np
import pandas as pd

from fer.emotions import EMOTIONS, known_in
from fer.mood.alerts import AlertLimits, MoodAlerts, Watched
from fer.mood.bucket import MoodBucket, aligned
from fer.mood.known_rows import KnownRows
from fer.mood.prevalence import Prevalence, Shares
from fer.mood.tabulate import tabulate
from fer.mood.trigger import Event
from fer.mood.window import Mark, MoodWindow
from fer.text import inert_cell

CHART_SECONDS = 300
"""Number of seconds that the charts show. A chart of the whole session has as many rows."""

AROUND_SECONDS = 120
"""Number of seconds that the charts show around a chosen moment."""

TREND_MINUTES = 10
"""Number of minutes that decide whether the class is steady."""


HALF_MINUTE = 30
"""Faces have to be read for so many seconds of a minute, or it says nothing about the trend."""


class MoodRecord(ABC):
    """The data of a session, and the values and tables that a page shows of them.

    Times are seconds since the start of the session.

    Attributes:
        window: the seconds and the marks.
        limits: when alerts are raised; `limit` sets them.
        prevalence: that of the network that reads the faces; None if its card has none.
    """

    def __init__(self, prevalence: Prevalence | None) -> None:
        self.prevalence = prevalence
        self._lock = threading.RLock()
        self.limits = AlertLimits()
        self.forget()

    def forget(self) -> None:
        """Delete all data."""
        with self._lock:
            self.window = MoodWindow()
            self._alerts = MoodAlerts(self.limits)
            self._watched: deque[Watched] = deque(maxlen=MoodWindow.MAX_SECONDS)
            self._fed = -1
            self._minutes: tuple[int, np.ndarray] | None = None
            self._charted = KnownRows()

    def take_over(self, other: MoodRecord) -> None:
        """Replace the data by those of another record, which is empty afterwards."""
        with other._lock:
            window, alerts, watched, fed, limits = (
                other.window,
                other._alerts,
                other._watched,
                other._fed,
                other.limits,
            )
            other.forget()
        with self._lock:
            self.forget()
            self.window, self._alerts, self._watched = window, alerts, watched
            self._fed, self.limits = fed, limits

    @property
    @abstractmethod
    def streaming(self) -> bool:
        """Whether readings may still come."""

    @property
    @abstractmethod
    def now(self) -> float:
        """Seconds since the start."""

    @property
    @abstractmethod
    def shown_until(self) -> float:
        """Time in seconds at which charts and numbers end."""

    def feed(self, done: int) -> None:
        """Check the seconds up to `done` for alerts; they must not change afterwards."""
        with self._lock:
            if done <= self._fed:
                return
            seconds = self.window.seconds(self._fed + 1, done)
            seen = [(second, bucket) for second, bucket in seconds if bucket.frames]
            rows = Watched.each(seen, self.prevalence) if seen else []
            if not seen or seen[-1][0] < done:
                # An alert ends once nothing was seen for a while, and not with what comes next.
                rows.append(Watched(done, None, 0.0, None))
            for watched in rows:
                self._watched.append(watched)
                self._alerts.update(watched)
            self._fed = done

    def limit(self, limits: AlertLimits) -> None:
        """Set the limits of alerts and apply them to the last `MoodWindow.MAX_SECONDS`."""
        with self._lock:
            if limits == self.limits:
                return
            self.limits = limits
            watched = self._watched
            known = list(watched)
        # This may take long after hours, so it does not hold the lock, for which new readings wait.
        alerts = MoodAlerts(limits)
        for row in known:
            alerts.update(row)
        last = known[-1].second if known else -math.inf
        with self._lock:
            # The result is dropped if the record was emptied or the limits were changed meanwhile.
            if self._watched is watched and self.limits is limits:
                for row in watched:
                    if row.second > last:
                        alerts.update(row)
                self._alerts = alerts

    def mood(self, seconds: float | None) -> MoodBucket:
        """The mood over the last `seconds` shown, or over the whole session for None."""
        if seconds is None:
            return self.window.total()
        return self.window.total(self.shown_until, seconds)

    def shares(self, seconds: float | None) -> Shares:
        """The shares of the class over the last `seconds` shown, or over the whole session for
        None."""
        return self.mood(seconds).class_shares(self.prevalence)

    def minutes(self) -> np.ndarray:
        """Shares of the emotions in each of the last `TREND_MINUTES`, the newest last.

        Returns:
            float64 (m, 7) or (m, 8) in the order of `KNOWN`, a row for each whole minute, counted
            back from the end; NaN if faces were read for less than half of it.
        """
        until = math.floor(self.shown_until)
        minutes = self._minutes
        if minutes is None or minutes[0] != until:
            # Seconds are counted from 0 to `until`.
            count = min(TREND_MINUTES, (until + 1) // 60)
            shares = np.empty((0, len(EMOTIONS)))
            if count:
                ends = [until - 60 * back for back in reversed(range(count))]
                numbers = aligned([self.window.total(end, 60).numbers for end in ends])
                table = tabulate(ends, numbers, self.prevalence)
                shares = table[known_in(table.columns)].to_numpy(float, copy=True)
                # A minute in whose last seconds the first face came says nothing about a minute.
                shares[[self.window.read_for(end, 60) < HALF_MINUTE for end in ends]] = np.nan
            self._minutes = minutes = (until, shares)
        return minutes[1]

    @property
    def alerts(self) -> list[Event]:
        """All alerts so far. When the source has ended, all alerts have ended."""
        with self._lock:
            if self.streaming:
                return list(self._alerts.events)
            return [
                replace(event, end=self.shown_until) if event.end is None else event
                for event in self._alerts.events
            ]

    @property
    def marks(self) -> list[Mark]:
        """All marks so far."""
        return list(self.window.marks)

    def mark(self, text: str) -> None:
        """Mark this moment. No two marks have the same time, by which pages tell them apart."""
        with self._lock:
            t, known = self.now, {mark.t for mark in self.window.marks}
            while t in known:  # the time stands still before the first picture
                t += 0.001
            self.window.mark(t, text)

    def rename_mark(self, mark: Mark, text: str) -> None:
        """Change the text of a mark. Nothing happens if the mark no longer exists."""
        with self._lock:
            marks = self.window.marks
            if mark in marks:
                marks[marks.index(mark)] = replace(mark, text=text)

    def delete_mark(self, mark: Mark) -> None:
        """Delete a mark. Nothing happens if the mark no longer exists."""
        with self._lock:
            if mark in self.window.marks:
                self.window.marks.remove(mark)

    def table(self) -> pd.DataFrame:
        """The whole session, one row per second, see `fer.mood.timeline.TIMELINE_COLUMNS`."""
        return self.window.timeline(prevalence=self.prevalence)

    def chart_table(
        self, *, whole: bool, smooth_s: int, around: float | None = None
    ) -> pd.DataFrame:
        """The rows that the charts show, see `fer.mood.timeline.TIMELINE_COLUMNS`.

        Args:
            whole: whether to show the whole session, reduced to `CHART_SECONDS` rows, instead of
                the last `CHART_SECONDS` seconds.
            smooth_s: smallest number of seconds that each row sums up.
            around: a time in seconds, to show the `AROUND_SECONDS` around it instead; or None.
                Nothing after `shown_until` is shown.
        """
        until, since, step = self.shown_until, None, 1
        if around is not None:
            since = min(around, until) - AROUND_SECONDS / 2
            until = min(until, since + AROUND_SECONDS)
        elif not whole:
            since = until - CHART_SECONDS
        else:
            step = max(1, math.ceil(until / CHART_SECONDS))
        return self.window.timeline(
            smooth_s,
            since=since,
            until=until,
            step_s=step,
            prevalence=self.prevalence,
            known=self._charted,
        )

    def csv(self) -> str:
        """The whole session as a CSV table: one row per second, and a column with the marks.

        A pause of more than an hour has rows only for its first and its last second.
        """
        marks: dict[int, list[str]] = {}
        for mark in self.marks:
            marks.setdefault(math.floor(mark.t), []).append(inert_cell(mark.text))
        table = self.window.timeline(prevalence=self.prevalence)
        # Integers, because the number format below would round times from 10,000 s on.
        table = table.astype({"t": int, "frames": int})
        table["mark"] = ["; ".join(marks.get(t, ())) for t in table["t"]]
        return table.to_csv(index=False, float_format="%.4g")
