"""Photographs from which faces are learned, and the faces that the teacher finds in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer.faces.detect.yunet import YuNet
from fer.training.archive import contents, opened
from fer.training.files import DataError, decode_picture_file, is_image

ENLARGEMENTS = (1, 2, 3)
"""The factors by which each photograph is enlarged for the teacher, which then finds small faces,
too."""

SURE = 0.7
"""Scenes are composed around faces to which the teacher gives at least this score."""


@dataclass(frozen=True)
class Photos:
    """Photographs as encoded files, since they would fill gigabytes when decoded.

    Attributes:
        names: file names.
        files: the encoded files.
    """

    names: tuple[str, ...]
    files: tuple[bytes, ...]

    @classmethod
    def read(cls, path: Path) -> Photos:
        """Read all pictures in a folder or zip, and in all folders inside it.

        Raises:
            DataError: there are no pictures, one cannot be read, or `path` is neither a folder nor
                a zip.
        """
        with opened(path, "neither a folder nor a zip file") as source:
            files = {name: source.read(name) for name in source.names if is_image(name)}
        if not files:
            raise DataError(f"{path}: holds no pictures; {contents(source.names)}")
        return cls(tuple(files), tuple(files.values()))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        """Decode the photograph `index`: uint8 (H, W, 3) BGR.

        Raises:
            DataError: the photograph cannot be decoded.
        """
        picture = decode_picture_file(self.files[index], self.names[index])
        return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if picture.ndim == 2 else picture

    def part(self, tenths: tuple[int, ...]) -> Photos:
        """Select the photographs in these tenths (0 to 9); a hash of the file name decides."""
        chosen = [i for i, name in enumerate(self.names) if _tenth(name) in tenths]
        return Photos(tuple(self.names[i] for i in chosen), tuple(self.files[i] for i in chosen))

    def fingerprint(self) -> str:
        """A digest that changes with any name or byte."""
        digest = hashlib.sha256()
        for name, file in zip(self.names, self.files, strict=True):
            digest.update(name.encode())
            digest.update(file)
        return digest.hexdigest()


PARTS: dict[str, tuple[int, ...]] = {
    "training": (2, 3, 4, 5, 6, 7, 8, 9),
    "validation": (1,),
    "test": (0,),
}
"""The tenths of the photographs for each use."""


def teach(photos: Photos, teacher: YuNet, cache: Path) -> np.ndarray:
    """Find the faces that the teacher is sure of, at all enlargements.

    Args:
        photos: photographs to look at.
        teacher: detector that finds the faces.
        cache: `.npy` file that keeps the result. If it belongs to these photographs, the result is
            read from it.

    Returns:
        float32 (faces, 6): the number of the photograph, the box (x, y, width, height) in its
        pixels, and the score. A face that is found at several enlargements has a row for each.
    """
    key = cache.with_suffix(".txt")
    fingerprint = photos.fingerprint()
    if cache.exists() and key.exists() and key.read_text() == fingerprint:
        return np.load(cache)
    rows = []
    for number in range(len(photos)):
        photo = photos[number]
        for times in ENLARGEMENTS:
            larger = cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
            for face in teacher.detect(larger):
                if face.score >= SURE:
                    rows.append((number, *(value / times for value in face.box), face.score))
    faces = np.array(rows, np.float32).reshape(-1, 6)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.save(cache, faces)
    key.write_text(fingerprint)
    return faces


def _tenth(name: str) -> int:
    """The tenth of a photograph, from its bare file name, so that its folder does not matter."""
    return hashlib.sha1(Path(name).name.encode()).digest()[0] % 10
