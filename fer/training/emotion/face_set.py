"""Faces with their labels and votes, either in memory or still in encoded files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from fer.emotions import EMOTIONS
from fer.training.files import DataError

MEMORY = 2**30
"""Sets whose resized images would take more than this many bytes are read batch by batch."""


class ImageFiles:
    """Images that are loaded and resized only when they are needed.

    It behaves like a uint8 array (N, size, size) or (N, size, size, 3), as far as training needs.
    """

    def __init__(self, loaders: list[Callable[[], np.ndarray]], size: int, colour: bool):
        self._loaders, self._size, self._colour = loaders, size, colour
        self._digests: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._loaders)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self.load_image(i) for i in range(len(self)))

    def __getitem__(self, which):
        indices = np.arange(len(self))[which]
        if np.ndim(indices) == 0:
            return self.load_image(int(indices))
        return np.stack([self.load_image(i) for i in indices])

    def take(self, which: np.ndarray) -> ImageFiles:
        """Select the images at `which` (indices or a boolean mask)."""
        indices = np.arange(len(self))[which]
        taken = ImageFiles([self._loaders[i] for i in indices], self._size, self._colour)
        taken._digests = {
            new: self._digests[old] for new, old in enumerate(indices) if old in self._digests
        }
        return taken

    def digests(self) -> list[bytes]:
        """Compute one digest for each image and remember it, since each costs reading a file."""
        for i in range(len(self)):
            if i not in self._digests:
                self._digests[i] = _digest(self.load_image(i))
        return [self._digests[i] for i in range(len(self))]

    def load_image(self, index: int) -> np.ndarray:
        """Load and resize one image: uint8 (size, size) grey or (size, size, 3) BGR."""
        return fit_image(self._loaders[index](), self._size, self._colour)


@dataclass(frozen=True)
class FaceSet:
    """Faces with labels.

    Attributes:
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR: an array, or `ImageFiles` for a large
            set.
        labels: int64 (N,), index into `classes`.
        rows: int64 (N,), row of the original fer2013.csv; -1 where it is unknown.
        classes: names of the classes.
        votes: float32 (N, 10), numbers of FER+ votes for `VOTES`, "unknown" and "not a face";
            None if no table of votes was read.
    """

    images: np.ndarray | ImageFiles
    labels: np.ndarray
    rows: np.ndarray
    classes: tuple[str, ...] = EMOTIONS
    votes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, which: np.ndarray) -> FaceSet:
        """Select the faces at `which` (indices or a boolean mask)."""
        lazy = isinstance(self.images, ImageFiles)
        return replace(
            self,
            images=self.images.take(which) if lazy else self.images[which],
            labels=self.labels[which],
            rows=self.rows[which],
            votes=None if self.votes is None else self.votes[which],
        )

    def fingerprint(self) -> str:
        """A digest that changes with any pixel, label, vote or class, and with the faces' order."""
        digest = hashlib.sha1(repr(self.classes).encode())
        digest.update(b"".join(digests(self.images)))
        for column in (self.labels, self.votes):
            digest.update(b"" if column is None else np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def counts(self) -> dict[str, int]:
        """The number of faces of each class."""
        numbers = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, numbers, strict=True)}

    def subset(self, names: tuple[str, ...]) -> FaceSet:
        """Select the faces of these classes; their labels become indices into `names`.

        Raises:
            DataError: a name is no class of this set.
        """
        for name in names:
            if name not in self.classes:
                raise DataError(f"unknown class {name!r}, expected some of {list(self.classes)}")
        place = np.array([names.index(c) if c in names else -1 for c in self.classes])
        kept = self.take(place[self.labels] >= 0)
        return replace(kept, labels=place[kept.labels], classes=tuple(names))

    def split(self, share: float, seed: int) -> tuple[FaceSet, FaceSet]:
        """Split the faces at random into two parts; the second gets `share` of each class.

        Raises:
            DataError: `share` is not between 0 and 1.
        """
        if not 0 < share < 1:
            raise DataError(f"--validation {share:g}: expected a share between 0 and 1, e.g. 0.2")
        rng = np.random.default_rng(seed)
        second = np.zeros(len(self), bool)
        for label in range(len(self.classes)):
            members = rng.permutation(np.flatnonzero(self.labels == label))
            second[members[: round(share * len(members))]] = True
        return self.take(~second), self.take(second)


def drop_duplicates(train: FaceSet, *others: FaceSet) -> tuple[FaceSet, int]:
    """Drop the faces of `train` that equal one in `others` pixel by pixel.

    Returns:
        The faces that are left, and the number of those that were dropped.
    """
    seen = set().union(*(digests(other.images) for other in others)) if others else set()
    keep = np.array([digest not in seen for digest in digests(train.images)], bool)
    return train.take(keep), int((~keep).sum())


def digests(images: np.ndarray | ImageFiles) -> list[bytes]:
    """Compute one digest for each image; two are equal exactly when all pixels are."""
    if isinstance(images, ImageFiles):
        return images.digests()
    return [_digest(image) for image in images]


def fit_image(image: np.ndarray, size: int, colour: bool) -> np.ndarray:
    """Resize an image to size × size, grey or BGR, as the app does with the faces it cuts out.

    Args:
        image: uint8 (h, w) grey or (h, w, 3) BGR.
        size: height and width of the result, in pixels.
        colour: whether the result is BGR instead of grey.
    """
    if colour and image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if not colour and image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if image.shape[:2] != (size, size):
        how = cv2.INTER_AREA if image.shape[0] > size else cv2.INTER_LINEAR
        image = cv2.resize(image, (size, size), interpolation=how)
    return image


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha1(np.ascontiguousarray(image).tobytes()).digest()
