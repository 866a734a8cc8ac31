"""What is known of one student while they are connected. None of it is ever stored."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from fer.classroom.ticket import Student
from fer.emotions import NEGATIVE, places
from fer.mood.bucket import MoodBucket

HELD_S = 3.0
"""Seconds for which a reading counts when no newer one comes: one picture a second arrives
unevenly, and a crowded server reads each student only every two seconds."""

LAST_READING_S = 1.0
"""Seconds for which no reading is taken after a student has paused, because it would still come
from a picture that was sent before."""

PRESENT_S = 15.0
"""Seconds without a sign of life after which a student counts as gone."""

SMOOTHING_S = 10.0
"""Time constant in seconds of the smoothed reading of a student who is seen individually."""

UNPLEASANT_S = 60.0
"""Seconds for which a student's expressions must have been mostly unpleasant before their tile says
so."""


@dataclass
class Seat:
    """What is known of one student at this moment.

    Attributes:
        student: the student who sits here.
        seen: when the last sign of life came. All times here are in seconds since 1970.
        read: when the newest reading was made; None while nothing is shared.
        face: when a face could last be read.
        numbers: float64 (102,), or (132,) with contempt, the reading as one picture, in the order
            of `MoodBucket.numbers`. A face that cannot be read for a moment keeps its last reading.
        shares: float64 (7,) or (8,), the smoothed reading; only for students who agreed to it.
        sure: part of the latest readings that were confident, from 0 to 1, smoothed like `shares`.
        unpleasant_since: since when unpleasant expressions have made up the larger part of `shares`
            and most readings have been confident.
        distance: how far the readings of the last minutes were from the middle of the class, from
            0 to 1, see `fer.classroom.outliers`.
        forgotten: when the readings were last dropped.
    """

    student: Student
    seen: float
    read: float | None = None
    face: float = -math.inf
    numbers: np.ndarray = field(default_factory=lambda: MoodBucket().numbers)
    shares: np.ndarray | None = None
    sure: float = 0.0
    unpleasant_since: float | None = None
    distance: float = 0.0
    forgotten: float = -math.inf

    def add(self, bucket: MoodBucket, now: float) -> None:
        """Take a new reading, of one picture or a few."""
        self.seen = now
        if not bucket.frames or now - self.forgotten < LAST_READING_S:
            return
        if self.student.consent.individual and bucket.read:
            self._smooth(bucket, now)
        self.read = now
        if bucket.read:
            self.face = now
        elif now - self.face <= HELD_S:
            return
        self.numbers = bucket.numbers / bucket.frames
        self.numbers[0] = 0.0

    def forget(self, now: float) -> None:
        """Drop all readings at once, including one that is still on its way."""
        self.forgotten = now
        self.read = self.shares = self.unpleasant_since = None
        self.face = -math.inf
        self.distance = 0.0
        self.numbers = MoodBucket().numbers

    def hide(self, unseen: Student) -> None:
        """Drop what was shown of the student alone, who does not agree to that any longer."""
        self.student = unseen
        self.shares = self.unpleasant_since = None

    def is_here(self, now: float) -> bool:
        """Whether the student is connected."""
        return now - self.seen <= PRESENT_S

    def shares_at(self, now: float) -> bool:
        """Whether there is a reading that is recent enough to count."""
        return self.read is not None and now - self.read <= HELD_S

    @property
    def persons(self) -> int:
        """How many people the reading is of; the room's camera sees several."""
        read = float(self.numbers[2])
        return math.floor(read) if self.student.room else int(read > 0)

    @property
    def is_unsure(self) -> bool:
        """Whether most of the latest readings had too little confidence."""
        return self.sure < 0.5

    def long_unpleasant(self, now: float) -> bool:
        """Whether the student's expressions have been mostly unpleasant for `UNPLEASANT_S`."""
        return self.unpleasant_since is not None and now - self.unpleasant_since >= UNPLEASANT_S

    def _smooth(self, bucket: MoodBucket, now: float) -> None:
        shares, sure = bucket.class_shares(None).values, bucket.sure / bucket.read
        if self.shares is None or self.read is None or len(shares) != len(self.shares):
            self.shares, self.sure = shares, sure
        else:
            weight = 1 - math.exp(-(now - self.read) / SMOOTHING_S)
            self.shares = (1 - weight) * self.shares + weight * shares
            self.sure = (1 - weight) * self.sure + weight * sure
        if self.is_unsure or self.shares[places(NEGATIVE, len(shares))].sum() < 0.5:
            self.unpleasant_since = None
        elif self.unpleasant_since is None:
            self.unpleasant_since = now


@dataclass(frozen=True)
class Tile:
    """One student who agreed to be seen individually, at one moment.

    Attributes:
        nickname: may be None. Escape it wherever it is shown.
        shares: the smoothed reading, in the order of `KNOWN`; None while nothing is shared.
        unsure: whether most of the latest readings had too little confidence.
        long_unpleasant: whether the expressions have been mostly unpleasant for `UNPLEASANT_S`.
    """

    nickname: str | None
    shares: tuple[float, ...] | None
    unsure: bool
    long_unpleasant: bool
