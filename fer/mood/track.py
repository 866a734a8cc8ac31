"""The same face over time: a number that lasts, and smoothed probabilities.

Tracking is by position only. Nobody is ever identified: whoever leaves the picture and comes
back later gets a new number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from fer.faces.core import FaceReading, FaceState
from fer.faces.detect.base import iou


@dataclass
class _Track:
    number: int
    box: np.ndarray
    seen: float
    probabilities: np.ndarray | None = None
    read: float = 0.0
    """When the probabilities were brought up to date; a turned face is seen and not read."""


class FaceTracker:
    """Gives faces of successive frames the numbers of their tracks.

    Association is the Hungarian method on IoU. There is no motion model: at the rates used here a
    sitting face overlaps itself, and a walking one may well become a new track.
    """

    def __init__(
        self,
        *,
        min_iou: float = 0.2,
        max_gap_s: float = 2.0,
        smoothing_s: float = 0.5,
        abstain_below: float = 0.0,
    ) -> None:
        """Args:
            min_iou: overlap below which two boxes are different faces. Lower keeps faster faces
                on their track and confuses neighbours sooner.
            max_gap_s: a face missing for longer gets a new number when it returns.
            smoothing_s: time constant of the exponential average of a track's probabilities;
                0 turns it off. Larger is calmer and later.
            abstain_below: smoothed confidence below which a reading counts as unsure.

        Raises:
            ValueError: a value is out of its range.
        """
        if not 0.0 < min_iou < 1.0:
            raise ValueError(f"min_iou must lie between 0 and 1, not {min_iou}")
        if max_gap_s < 0 or smoothing_s < 0:
            raise ValueError(
                f"max_gap_s and smoothing_s must not be negative: {max_gap_s}, {smoothing_s}"
            )
        self.min_iou = min_iou
        self.max_gap_s = max_gap_s
        self.smoothing_s = smoothing_s
        self.abstain_below = abstain_below
        self._tracks: list[_Track] = []
        self._next = 1

    def update(self, t: float, readings: Sequence[FaceReading]) -> list[FaceReading]:
        """The same readings, in the same order, with track numbers and smoothed probabilities.

        Args:
            t: time of the frame in seconds. Where it goes back, a clock was set: the faces count
                as seen just now.
            readings: all faces of that frame.
        """
        for track in self._tracks:
            track.seen, track.read = min(track.seen, t), min(track.read, t)
        self._tracks = [track for track in self._tracks if t - track.seen <= self.max_gap_s]
        boxes = np.array([reading.box for reading in readings], dtype=np.float64).reshape(-1, 4)
        matches = self._match(boxes)
        return [
            self._follow(t, boxes[index], reading, matches.get(index))
            for index, reading in enumerate(readings)
        ]

    def _match(self, boxes: np.ndarray) -> dict[int, _Track]:
        if not self._tracks or not len(boxes):
            return {}
        overlap = iou(np.stack([track.box for track in self._tracks]), boxes)
        # Overlaps under the limit are worth nothing, or one far pair could cost two near ones.
        overlap[overlap < self.min_iou] = 0.0
        rows, columns = linear_sum_assignment(overlap, maximize=True)
        return {
            int(column): self._tracks[row]
            for row, column in zip(rows, columns, strict=True)
            if overlap[row, column] > 0.0
        }

    def _follow(
        self, t: float, box: np.ndarray, reading: FaceReading, track: _Track | None
    ) -> FaceReading:
        if track is None:
            track = _Track(self._next, box, t)
            self._next += 1
            self._tracks.append(track)
        track.box, track.seen = box, t
        if reading.state == FaceState.UNREAD:
            return replace(reading, track=track.number)
        if track.probabilities is None or self.smoothing_s == 0:
            track.probabilities = reading.probabilities
        else:
            keep = math.exp((track.read - t) / self.smoothing_s)
            track.probabilities = keep * track.probabilities + (1 - keep) * reading.probabilities
        track.read = t
        sure = track.probabilities.max() >= self.abstain_below
        return replace(
            reading,
            track=track.number,
            probabilities=track.probabilities.astype(np.float32),
            state=FaceState.READ if sure else FaceState.UNSURE,
        )
