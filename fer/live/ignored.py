"""Parts of a picture whose faces do not count: photographs on a slide or on a wall.

An instructor draws them. Faces that never move are offered, since living ones always do.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fer.faces.core import FaceReading

STILL_S = 20.0
"""A face that has not moved for so many seconds is offered as a picture."""

STILL_SHIFT = 0.025
"""How far the middle of a picture's face may wander, in parts of the face's side. Faces of
photographs, sent as JPEGs of changing quality and with noise, stayed within 0.022; those of two
students and a lecturer on film wandered 0.032 in their quietest ten seconds and 0.12 to 0.18 over
the whole film."""

MAX_AREAS = 50
"""Most areas of one picture. Nobody draws more, and a browser may send anything."""

_MARGIN = 0.15
"""Offered areas are wider than the face by this part of it on each side."""
_SMALLEST = 0.005
"""Sides below this part of the picture are a slip of the hand."""
_GONE_S = 3.0
"""A face that was not seen for so long is forgotten."""


@dataclass(frozen=True)
class Area:
    """A rectangle in a picture; all numbers are parts of its width or height, 0 to 1."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def of(cls, values: object) -> Area | None:
        """Return the area that a browser has sent as four numbers; None if they are no area."""
        if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != 4:
            return None
        try:
            numbers = [float(value) for value in values if isinstance(value, (int, float))]
        except OverflowError:  # JSON has whole numbers of any length
            return None
        if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
            return None
        left, top = (min(1.0, max(0.0, number)) for number in numbers[:2])
        right = min(1.0, max(0.0, numbers[0] + numbers[2]))
        bottom = min(1.0, max(0.0, numbers[1] + numbers[3]))
        # Rounded, so that what comes back from a browser is the same area.
        area = cls(*(round(part, 4) for part in (left, top, right - left, bottom - top)))
        return None if min(area.width, area.height) < _SMALLEST else area

    def holds(self, x: float, y: float) -> bool:
        """Return whether a place lies within."""
        return 0 <= x - self.left <= self.width and 0 <= y - self.top <= self.height


@dataclass
class _Still:
    """A face that has not moved since a time; the middle is the mean of all since then."""

    since: float
    seen: float
    middle: np.ndarray
    count: int
    box: tuple[int, int, int, int]


class Ignored:
    """The areas of one source whose faces do not count. Its methods may be called on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._areas: tuple[Area, ...] = ()
        self._source: object = None
        self._size: tuple[int, int] | None = None
        self._faces: dict[int, _Still] = {}

    @property
    def areas(self) -> tuple[Area, ...]:
        """The areas, in the order in which they were drawn."""
        return self._areas

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, in pixels, of the newest picture; None before the first one."""
        return self._size

    def set(self, areas: Iterable[Area]) -> None:
        """Ignore these areas from now on, and no others; each counts once.

        Streamlit may hand over one press twice, when it begins a run again.
        """
        self._areas = tuple(dict.fromkeys(areas))[:MAX_AREAS]

    def begin(self, source: object) -> None:
        """Say which source the pictures come from; areas of another one are forgotten.

        Call it at each run of a page. A source may be another one though nobody has chosen it:
        Streamlit forgets a choice while its widget is not shown.
        """
        if source != self._source:
            self.clear()
        self._source = source

    def continue_from(self, other: Ignored) -> None:
        """Ignore what another one ignores, of the same source."""
        self._areas, self._source = other._areas, other._source

    def pause(self) -> None:
        """Forget which faces have not moved, since no more pictures come for now."""
        with self._lock:
            self._faces = {}

    def clear(self) -> None:
        """Forget all areas, too: the pictures will be those of another source."""
        self.set(())
        self._size = None
        self.pause()

    def look(self, frame: np.ndarray) -> None:
        """Note the size of a picture, uint8 (H, W, 3)."""
        self._size = frame.shape[1], frame.shape[0]

    def counted(self, t: float, readings: Sequence[FaceReading]) -> list[FaceReading]:
        """Return the readings of the faces that count, and note which of them have moved.

        Args:
            t: time of the picture in seconds.
            readings: all faces of the picture, with the numbers of their tracks.
        """
        kept = [reading for reading in readings if self.counts(reading.box)]
        with self._lock:
            self._note(t, kept)
        return kept

    def counts(self, box: tuple[int, int, int, int]) -> bool:
        """Return whether a face counts: its middle lies in no area.

        Args:
            box: x, y, width and height of the face, in pixels.
        """
        middle = _middle(box, *(self._size or (1, 1)))
        return not any(area.holds(*middle) for area in self._areas)

    def still(self) -> list[Area]:
        """Return an area around each face that counts and has not moved for `STILL_S`."""
        width, height = self._size or (1, 1)
        with self._lock:
            faces = [face for face in self._faces.values() if face.seen - face.since >= STILL_S]
        areas = [around(face.box, width, height) for face in faces if self.counts(face.box)]
        return [area for area in areas if area is not None]

    def _note(self, t: float, readings: list[FaceReading]) -> None:
        self._faces = {
            track: face for track, face in self._faces.items() if 0 <= t - face.seen <= _GONE_S
        }
        for reading in readings:
            if reading.track is None:
                continue
            x, y, width, height = reading.box
            if reading.landmarks is None:
                middle = np.array([x + width / 2, y + height / 2])
            else:
                middle = reading.landmarks.mean(axis=0).astype(np.float64)
            face = self._faces.get(reading.track)
            shift = math.inf if face is None else float(np.linalg.norm(middle - face.middle))
            if face is None or shift > STILL_SHIFT * math.sqrt(max(1, width * height)):
                self._faces[reading.track] = _Still(t, t, middle, 1, reading.box)
                continue
            face.count += 1
            face.middle = face.middle + (middle - face.middle) / face.count
            face.seen, face.box = t, reading.box


def around(box: tuple[int, int, int, int], width: int, height: int) -> Area | None:
    """Return the area around a face; None if it is too small for one.

    Args:
        box: x, y, width and height of the face, in pixels.
        width, height: those of the picture, in pixels.
    """
    x, y, w, h = box
    return Area.of(
        [
            (x - _MARGIN * w) / width,
            (y - _MARGIN * h) / height,
            (1 + 2 * _MARGIN) * w / width,
            (1 + 2 * _MARGIN) * h / height,
        ]
    )


def _middle(box: tuple[int, int, int, int], width: int, height: int) -> tuple[float, float]:
    x, y, w, h = box
    return (x + w / 2) / width, (y + h / 2) / height
