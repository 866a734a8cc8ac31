"""Photographs to learn faces from, and what the teacher sees in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer.faces.detect.yunet import YuNet
from fer.training.files import DataError, is_image, open_zip, reading

ENLARGEMENTS = (1, 2, 3)
"""The teacher looks at each photograph in these sizes: small faces are found in the larger."""

SURE = 0.7
"""Faces the teacher is less sure of are not aimed at when scenes are composed."""


@dataclass(frozen=True)
class Photos:
    """Photographs, still encoded: decoded they would fill gigabytes.

    Attributes:
        names: file names.
        files: the encoded files.
    """

    names: tuple[str, ...]
    files: tuple[bytes, ...]

    @classmethod
    def read(cls, path: Path) -> Photos:
        """All pictures in a folder or zip, however deep.

        Raises:
            DataError: there is none, one cannot be read, or `path` is neither.
        """
        files = {}
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if is_image(file.name):
                    with reading(file):
                        files[str(file.relative_to(path))] = file.read_bytes()
        else:
            with open_zip(path, "neither a folder nor a zip file") as archive:
                for name in sorted(archive.namelist()):
                    if is_image(name):
                        with reading(f"{path}: {name}"):
                            files[name] = archive.read(name)
        if not files:
            raise DataError(f"{path}: holds no pictures")
        return cls(tuple(files), tuple(files.values()))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        """Photograph `index`, uint8 (H, W, 3) BGR.

        Raises:
            DataError: it cannot be decoded.
        """
        picture = cv2.imdecode(np.frombuffer(self.files[index], np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise DataError(f"{self.names[index]} cannot be read as a picture")
        return picture

    def part(self, tenths: tuple[int, ...]) -> Photos:
        """The photographs in these tenths (0 to 9), by a hash of the file name."""
        chosen = [i for i, name in enumerate(self.names) if _tenth(name) in tenths]
        return Photos(tuple(self.names[i] for i in chosen), tuple(self.files[i] for i in chosen))

    def fingerprint(self) -> str:
        """Changes when any name or byte changes."""
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
"""Tenths of the photographs for each use."""


def teach(photos: Photos, teacher: YuNet, cache: Path) -> np.ndarray:
    """Faces that the teacher is sure of, at all enlargements.

    Args:
        photos: where to look.
        teacher: who looks.
        cache: `.npy` file that keeps the answer; taken from there if it belongs to these photos.

    Returns:
        float32 (faces, 6): number of the photograph, box (x, y, width, height) in its pixels,
        score. A face seen at several enlargements is listed at each.
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
    """Of the bare file name, so that it does not matter how the photographs are packed."""
    return hashlib.sha1(Path(name).name.encode()).digest()[0] % 10
