"""Readers for labelled faces: fer2013.csv, image folders, zips, FER+ votes.

All readers give a :class:`FaceSet`.  Every error names the file (and the row,
for a table) and says what was expected.
"""

from __future__ import annotations

import csv
import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

# FER2013's own order; fer.emotions has the same one for the app.
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
# What FER+ calls each of our emotions, as a column of VOTES.
VOTE_OF_EMOTION = (4, 5, 6, 1, 3, 2, 0)
USAGES = ("Training", "PublicTest", "PrivateTest")
_USAGE_OF_FOLDER = {
    "train": "Training",
    "training": "Training",
    "validation": "PublicTest",
    "val": "PublicTest",
    "publictest": "PublicTest",
    "test": "PrivateTest",
    "privatetest": "PrivateTest",
}
_ALIASES = {
    "anger": "angry",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "fearful": "fear",
    "disgusted": "disgust",
}
_FER_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)$")
_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}


class DataError(ValueError):
    """The data cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True)
class FaceSet:
    """Faces with labels.

    images   uint8 (N, h, w) grey or (N, h, w, 3) BGR
    labels   int64 (N,), index into ``classes``
    rows     int64 (N,), row of the original fer2013.csv; -1 where unknown
    votes    float32 (N, 8), shares of the FER+ votes in VOTES order; all zero
             where there are none; None if no vote file was read
    """

    images: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    classes: tuple[str, ...] = EMOTIONS
    votes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    def take(self, which: np.ndarray) -> "FaceSet":
        """The faces at ``which`` (indices or a boolean mask)."""
        votes = None if self.votes is None else self.votes[which]
        return replace(
            self,
            images=self.images[which],
            labels=self.labels[which],
            rows=self.rows[which],
            votes=votes,
        )

    def counts(self) -> dict[str, int]:
        """Faces per class."""
        found = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, found, strict=True)}


def read(
    path: str | Path, votes: str | Path | None = None, size: int = 48, colour: bool = False
) -> dict[str, FaceSet]:
    """Read any supported layout; returns {usage: FaceSet}, usages as in USAGES.

    path: fer2013.csv, a folder or a zip.  In a folder or zip the faces lie in
    ``SPLIT/CLASS/name.png``; SPLIT is train, validation or test.  Names of the
    usual Kaggle release (``PublicTest_00012.png``) say their split and row
    themselves.
    votes: FER+ table; by default ``ferplus_votes.csv`` or ``fer2013new.csv``
    beside ``path``, if there is one.
    size, colour: pixels and channels of the images wanted.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.suffix.lower() == ".csv":
        faces = _read_rows(_csv_rows(path), size, colour, path)
    else:
        faces = _read_rows(_image_rows(path), size, colour, path)
    if votes is None:
        beside = [path.parent, path] if path.is_dir() else [path.parent]
        found = [
            folder / name
            for folder in beside
            for name in ("ferplus_votes.csv", "fer2013new.csv")
            if (folder / name).is_file()
        ]
        votes = found[0] if found else None
    if votes is not None:
        table = read_votes(votes)
        faces = {usage: _with_votes(part, table, Path(votes)) for usage, part in faces.items()}
    return faces


def read_votes(path: str | Path) -> np.ndarray:
    """FER+ votes: float32 (rows, 8) shares in VOTES order, row = FER2013 row.

    "unknown" and "not a face" votes are left out.  A row without any other
    vote is all zero.
    """
    path = Path(path)
    rows = []
    with open(path, newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                rows.append([float(row[name]) for name in VOTES])
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{path}, line {number}: expected the FER+ columns {', '.join(VOTES)} with numbers; "
                    f"found {list(row.items())[:4]}…"
                ) from error
    table = np.asarray(rows, np.float32).reshape(-1, len(VOTES))
    total = table.sum(1, keepdims=True)
    return np.divide(table, total, out=np.zeros_like(table), where=total > 0)


def drop_duplicates(train: FaceSet, *others: FaceSet) -> tuple[FaceSet, int]:
    """``train`` without the images that are pixel-identical to one in ``others``.

    Returns the rest and the number of images removed.
    """
    seen = set().union(*(digests(other.images) for other in others)) if others else set()
    keep = np.array([digest not in seen for digest in digests(train.images)], bool)
    return train.take(keep), int((~keep).sum())


def digests(images: np.ndarray) -> list[bytes]:
    """One digest per image; equal exactly when all pixels are."""
    return [hashlib.sha1(np.ascontiguousarray(image).tobytes()).digest() for image in images]


def class_index(name: str, classes: tuple[str, ...] = EMOTIONS) -> int:
    """Index of a class by its folder or table name; raises KeyError if unknown."""
    key = name.strip().lower()
    return (
        classes.index(_ALIASES.get(key, key))
        if _ALIASES.get(key, key) in classes
        else _raise_key(name)
    )


def _raise_key(name: str):
    raise KeyError(name)


def _csv_rows(path: Path) -> Iterator[tuple[str, int, int, np.ndarray, str]]:
    """Rows of fer2013.csv: (usage, label, row, image, where)."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        wanted = {"emotion", "pixels", "Usage"}
        if not wanted <= set(reader.fieldnames or ()):
            raise DataError(
                f"{path}: expected the columns emotion, pixels, Usage; found {reader.fieldnames}"
            )
        for row, values in enumerate(reader):
            where = f"{path}, line {row + 2}"
            if values["Usage"] not in USAGES:
                raise DataError(
                    f"{where}: unknown Usage {values['Usage']!r}, expected one of {', '.join(USAGES)}"
                )
            if not (values["emotion"] or "").isdigit() or int(values["emotion"]) >= len(EMOTIONS):
                raise DataError(
                    f"{where}: unknown emotion {values['emotion']!r}, expected 0 to {len(EMOTIONS) - 1}"
                )
            try:
                pixels = np.array((values["pixels"] or "").split(), np.uint8)
            except (ValueError, OverflowError) as error:
                raise DataError(f"{where}: the pixels are not numbers from 0 to 255") from error
            if pixels.size != 48 * 48:
                raise DataError(f"{where}: {pixels.size} pixels, expected 2304 (48 × 48)")
            yield values["Usage"], int(values["emotion"]), row, pixels.reshape(48, 48), where


def _image_rows(path: Path) -> Iterator[tuple[str, int, int, np.ndarray, str]]:
    """Images of a folder or zip: (usage, label, row, image, where)."""
    count = 0
    for name, load in _files(path):
        parts = Path(name).parts
        where = f"{path}: {name}" if path.is_file() else str(path / name)
        if len(parts) < 3 or parts[-3].lower() not in _USAGE_OF_FOLDER:
            raise DataError(
                f"{where}: expected train|validation|test / CLASS / image, found {'/'.join(parts[-3:])}"
            )
        match = _FER_NAME.match(Path(name).stem)
        usage = match[1] if match else _USAGE_OF_FOLDER[parts[-3].lower()]
        try:
            label = class_index(parts[-2])
        except KeyError:
            raise DataError(
                f"{where}: unknown class {parts[-2]!r}, expected one of {', '.join(EMOTIONS)}"
            ) from None
        image = cv2.imdecode(np.frombuffer(load(), np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise DataError(f"{where}: not a readable image")
        count += 1
        yield usage, label, int(match[2]) if match else -1, image, where
    if not count:
        raise DataError(f"{path}: no images found; expected train|validation|test / CLASS / image")


def _files(path: Path):
    """(name, loader) of every image file below a folder or in a zip, sorted."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in _IMAGES:
                yield str(file.relative_to(path)), file.read_bytes
        return
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: neither a folder, a zip nor a .csv") from error
    with archive:
        for name in sorted(archive.namelist()):
            if Path(name).suffix.lower() in _IMAGES:
                yield name, lambda name=name: archive.read(name)


def fit_image(image: np.ndarray, size: int, colour: bool) -> np.ndarray:
    """Bring an image to size × size, grey or BGR, as the app does with crops."""
    if image.ndim == 3 and image.shape[2] == 4:
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    if colour and image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if not colour and image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if image.shape[:2] != (size, size):
        shrink = image.shape[0] * image.shape[1] > size * size
        image = cv2.resize(
            image, (size, size), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
        )
    return image


def _read_rows(rows, size: int, colour: bool, path: Path) -> dict[str, FaceSet]:
    parts: dict[str, tuple[list, list, list]] = {}
    for usage, label, row, image, _ in rows:
        images, labels, numbers = parts.setdefault(usage, ([], [], []))
        images.append(fit_image(image, size, colour))
        labels.append(label)
        numbers.append(row)
    if "Training" not in parts:
        raise DataError(f"{path}: no training faces; found only {', '.join(parts) or 'nothing'}")
    return {usage: _sorted_set(*parts[usage]) for usage in USAGES if usage in parts}


def _sorted_set(images: list, labels: list, rows: list) -> FaceSet:
    """A FaceSet in the order of the original rows (stable where unknown)."""
    order = np.argsort(np.asarray(rows), kind="stable")
    return FaceSet(
        np.stack(images)[order],
        np.asarray(labels, np.int64)[order],
        np.asarray(rows, np.int64)[order],
    )


def _with_votes(faces: FaceSet, table: np.ndarray, path: Path) -> FaceSet:
    if (faces.rows < 0).any():
        raise DataError(
            f"{path}: votes belong to rows of fer2013.csv, but some image names carry no row number"
        )
    if faces.rows.max(initial=0) >= len(table):
        raise DataError(
            f"{path}: {len(table)} rows of votes, but a face has row {faces.rows.max()}"
        )
    return replace(faces, votes=table[faces.rows])
