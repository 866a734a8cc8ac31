"""The mood of some faces over some frames as sums, so that buckets add.

A bucket holds counts and sums only, so it is a commutative monoid: buckets of windows, streams
or machines combine by `+`, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fer.emotions import EMOTIONS, NEGATIVE, VALENCES
from fer.faces.core import FaceReading, FaceState
from fer.mood.cells import cell_count, effective_readings, sums
from fer.mood.shares import dominant
from fer.mood.timeline import TIMELINE_COLUMNS

if TYPE_CHECKING:
    from fer.mood.prevalence import Prevalence, Shares

_KEPT = cell_count(len(EMOTIONS)) + len(EMOTIONS)

_NEGATIVE = [EMOTIONS.index(name) for name in NEGATIVE]


@dataclass(frozen=True, eq=False)
class MoodBucket:
    """Readings of some faces over some frames, as sums.

    Attributes:
        frames: frames analysed.
        faces: faces seen in them, added up.
        read: those of them whose emotion could be read at all.
        smiles: faces read as happy.
        sums: float64 (7,), probabilities of the faces read with enough confidence, added up.
        sure: number of those faces.
        valence: valence of all faces read, added up.
        kept: float32 (98,), what `fer.mood.cells.sums` keeps of all faces read. The shares of the
            class are made from it, see `fer.mood.prevalence.Prevalence.shares`.
    """

    frames: int = 0
    faces: int = 0
    read: int = 0
    smiles: int = 0
    sure: int = 0
    valence: float = 0.0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))
    kept: np.ndarray = field(default_factory=lambda: np.zeros(_KEPT, np.float32))

    @classmethod
    def of(cls, readings: Sequence[FaceReading]) -> MoodBucket:
        """The bucket of one analysed frame."""
        read = [reading for reading in readings if reading.state != FaceState.UNREAD]
        sure = [reading for reading in read if reading.state == FaceState.READ]
        return cls(
            frames=1,
            faces=len(readings),
            read=len(read),
            smiles=sum(reading.emotion == "happy" for reading in sure),
            sure=len(sure),
            valence=float(sum(reading.probabilities @ VALENCES for reading in read)),
            sums=sum((reading.probabilities for reading in sure), np.zeros(len(EMOTIONS))),
            kept=_keep(read),
        )

    def __add__(self, other: MoodBucket) -> MoodBucket:
        return MoodBucket(
            self.frames + other.frames,
            self.faces + other.faces,
            self.read + other.read,
            self.smiles + other.smiles,
            self.sure + other.sure,
            self.valence + other.valence,
            self.sums + other.sums,
            self.kept + other.kept,
        )

    @property
    def numbers(self) -> np.ndarray:
        """All sums but `kept`, float64 (13,), in the order of the attributes; they add, too."""
        counts = (self.frames, self.faces, self.read, self.smiles, self.sure, self.valence)
        return np.array([*counts, *self.sums])

    @classmethod
    def from_numbers(cls, numbers: np.ndarray, kept: np.ndarray) -> MoodBucket:
        """The bucket with these `numbers` and `kept`, which it takes over."""
        frames, faces, read, smiles, sure, valence = numbers[:6].tolist()
        return cls(
            int(frames), int(faces), int(read), int(smiles), int(sure), valence, numbers[6:], kept
        )

    @property
    def shares(self) -> np.ndarray | None:
        """Float64 (8,): share of each emotion, then the share of unsure; sums to 1.

        A face read with confidence gives its probabilities; one read without gives its whole
        weight to unsure. None where no face was read.
        """
        if not self.read:
            return None
        return np.append(self.sums, self.read - self.sure) / self.read

    @property
    def negative(self) -> float | None:
        """Share of the negative emotions, or None where no face was read."""
        return None if not self.read else float(self.sums[_NEGATIVE].sum() / self.read)

    @property
    def mean_faces(self) -> float | None:
        """Faces in an average frame, or None where no frame was analysed."""
        return self.faces / self.frames if self.frames else None

    @property
    def effective(self) -> float:
        """Number of independent readings that the faces read are worth.

        Every frame is taken to show the same faces, as many as an average one.
        """
        return float(effective_readings(self.read, self.read / max(self.frames, 1)))

    def class_shares(self, prevalence: Prevalence | None) -> Shares:
        """Shares of the emotions among the faces read, with intervals; NaN where none was.

        Args:
            prevalence: of the network that read the faces; None gives the mean probability, and
                `Shares.adjusted` is False.
        """
        # SciPy, which only those who ask for shares should wait for.
        from fer.mood.prevalence import mean_shares

        if prevalence is None:
            return mean_shares(self.kept, effective=self.effective)
        return prevalence.shares(self.kept, self.effective)

    @property
    def dominant(self) -> str | None:
        """The emotion with the largest share; None where no face was read with confidence."""
        return dominant(self.sums)

    def row(self, t: float) -> dict[str, float]:
        """This bucket as a row of a timeline.

        `t` s; `frames` analysed; `faces` and `unread` faces in an average frame; the share of
        each emotion and of `unsure` among the faces read (they sum to 1); `valence` from -1 to 1;
        `smile` the share of faces read that are happy. NaN where there was nothing to measure.
        """
        values = timeline_rows(np.array([t]), self.numbers[None])[0]
        return dict(zip(TIMELINE_COLUMNS, values.tolist(), strict=True))


def _keep(read: Sequence[FaceReading]) -> np.ndarray:
    """What a bucket keeps of the faces that could be read."""
    if not read:
        return np.zeros(_KEPT, np.float32)
    return sums(np.stack([reading.probabilities for reading in read])).astype(np.float32)


def timeline_rows(times: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Rows of a timeline, see `MoodBucket.row`.

    Args:
        times: float (n,), s.
        numbers: float64 (n, 13), see `MoodBucket.numbers`.

    Returns:
        float64 (n, columns), in the order of `TIMELINE_COLUMNS`.
    """
    frames, faces, read, smiles, sure, valence = numbers[:, :6].T
    with np.errstate(invalid="ignore"):  # nothing over nothing is NaN, as it should be
        seen = np.stack([faces, faces - read]) / frames
        mood = np.column_stack([numbers[:, 6:], read - sure, valence, smiles]) / read[:, None]
    return np.column_stack([times, frames, seen.T, mood])
