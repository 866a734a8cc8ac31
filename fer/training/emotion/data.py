"""Readers for labelled faces: fer2013.csv, image folders, zips, FER+ votes.

All readers give a `FaceSet` per part of the data. Every error names the file (and the line of a
table) and says what was expected.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import hashlib
import itertools
import lzma
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from fer.emotions import EMOTIONS, canonical
from fer.errors import RecordingError

USAGES = ("Training", "PublicTest", "PrivateTest")
"""The three parts, by FER2013's names: to train on, to select by, to report."""

VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""The FER+ classes, in the order of its table."""

_TAGS = (*VOTES, "unknown", "NF")

VOTE_OF_EMOTION = (4, 5, 6, 1, 3, 2, 0)
"""Column of `VOTES` for each of `EMOTIONS`."""

MEMORY = 2**30
"""Sets above this many bytes, once their images have the wanted size, are read batch by batch."""

_SPLITS = {
    "train": "Training",
    "training": "Training",
    "validation": "PublicTest",
    "val": "PublicTest",
    "publictest": "PublicTest",
    "test": "PrivateTest",
    "privatetest": "PrivateTest",
}
_KNOWN = (*EMOTIONS, "contempt")
_FER_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)$")
_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}
_VOTE_FILES = ("ferplus_votes.csv", "fer2013new.csv")


# What damaged, missing and locked files raise. zipfile says by a RuntimeError that a password or a
# kind of compression is missing, and csv.Error comes of a quotation mark that is never closed.
_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    UnicodeError,
    csv.Error,
    cv2.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
    RecordingError,
)


class DataError(ValueError):
    """The data cannot be used; the message names the file and what is wrong."""


@contextlib.contextmanager
def reading(where: str | Path) -> Iterator[None]:
    """Make a `DataError` of what reading a file may raise; its message begins with `where`."""
    try:
        yield
    except _DAMAGE as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{where}: cannot be read ({reason})") from error


class ImageFiles:
    """Images that are loaded and brought to their size only when they are asked for.

    Behaves like a uint8 array (N, size, size) or (N, size, size, 3) as far as training needs it.
    """

    def __init__(self, loaders: list[Callable[[], np.ndarray]], size: int, colour: bool):
        self._loaders, self._size, self._colour = loaders, size, colour
        self._digests: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._loaders)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self._load(i) for i in range(len(self)))

    def __getitem__(self, which):
        indices = np.arange(len(self))[which]
        if np.ndim(indices) == 0:
            return self._load(int(indices))
        return np.stack([self._load(i) for i in indices])

    def take(self, which: np.ndarray) -> ImageFiles:
        indices = np.arange(len(self))[which]
        taken = ImageFiles([self._loaders[i] for i in indices], self._size, self._colour)
        taken._digests = {
            new: self._digests[old] for new, old in enumerate(indices) if old in self._digests
        }
        return taken

    def digests(self) -> list[bytes]:
        """See `digests`; remembered, since each costs reading a file."""
        for i in range(len(self)):
            if i not in self._digests:
                self._digests[i] = _digest(self._load(i))
        return [self._digests[i] for i in range(len(self))]

    def _load(self, index: int) -> np.ndarray:
        return fit_image(self._loaders[index](), self._size, self._colour)


@dataclass(frozen=True)
class FaceSet:
    """Faces with labels.

    Attributes:
        images: uint8 (N, h, w) grey or (N, h, w, 3) BGR; an array, or `ImageFiles` of a large set.
        labels: int64 (N,), index into `classes`.
        rows: int64 (N,), row of the original fer2013.csv; -1 where unknown.
        classes: names of the classes.
        votes: float32 (N, 10), numbers of FER+ votes for `VOTES`, "unknown" and "not a face";
            None if no vote file was read.
    """

    images: np.ndarray | ImageFiles
    labels: np.ndarray
    rows: np.ndarray
    classes: tuple[str, ...] = EMOTIONS
    votes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, which: np.ndarray) -> FaceSet:
        """The faces at `which` (indices or a boolean mask)."""
        lazy = isinstance(self.images, ImageFiles)
        return replace(
            self,
            images=self.images.take(which) if lazy else self.images[which],
            labels=self.labels[which],
            rows=self.rows[which],
            votes=None if self.votes is None else self.votes[which],
        )

    def fingerprint(self) -> str:
        """Changes when any pixel, label, vote or class changes, or the order of the faces."""
        digest = hashlib.sha1(repr(self.classes).encode())
        digest.update(b"".join(digests(self.images)))
        for column in (self.labels, self.votes):
            digest.update(b"" if column is None else np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def counts(self) -> dict[str, int]:
        """Faces per class."""
        found = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, found, strict=True)}

    def subset(self, names: tuple[str, ...]) -> FaceSet:
        """Only the faces of these classes; labels then count within `names`.

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
        """Two parts, the second with `share` of each class, at random.

        Raises:
            DataError: `share` is none.
        """
        if not 0 < share < 1:
            raise DataError(f"--validation {share:g}: a share lies between 0 and 1, e.g. 0.2")
        rng = np.random.default_rng(seed)
        second = np.zeros(len(self), bool)
        for label in range(len(self.classes)):
            members = rng.permutation(np.flatnonzero(self.labels == label))
            second[members[: round(share * len(members))]] = True
        return self.take(~second), self.take(second)


def read(
    path: str | Path,
    votes: str | Path | None = None,
    size: int = 48,
    colour: bool = False,
) -> dict[str, FaceSet]:
    """Read any supported layout.

    Args:
        path: `fer2013.csv`, a folder or a zip. In a folder or zip the faces lie in
            SPLIT/CLASS/image, with or without folders above. SPLIT is train, validation (or
            val) or test; of two folders with other names the one with more images is the
            training set. Files with the names of the usual Kaggle release
            (`PublicTest_00012.png`) say their part and row themselves. A folder with AffectNet's
            `annotations` is turned into this form by `python train.py affectnet`.
        votes: FER+ table; None takes one that lies beside the data, if any, unless the faces do
            not say which of its rows is theirs.
        size: pixels of the images, height and width.
        colour: BGR images instead of grey ones.

    Returns:
        Faces by part, keys from `USAGES`; a "Training" part is always there.

    Raises:
        DataError: wrong layout, unreadable image, unknown label, votes that do not fit.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    parts = _read_csv(path, size, colour) if _is_table(path) else _read_images(path, size, colour)
    if "Training" not in parts:
        raise DataError(f"{path}: no training faces; found only {', '.join(parts) or 'nothing'}")
    if found := votes or _votes_beside(path):
        return _with_votes(parts, path, Path(found), asked=votes is not None)
    return parts


def read_votes(path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Table of FER+ votes.

    Returns:
        Votes, float32 (rows, 10) as in `FaceSet.votes`, row = row of FER2013; and the part of each
        row, empty where the table has no `Usage`.

    Raises:
        DataError: it cannot be read, or has other columns.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    rows, usages = [], []
    for where, row in _rows(path):
        try:
            rows.append([float(row[name]) for name in _TAGS])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{where}: expected numbers in the FER+ columns {', '.join(_TAGS)}; found {row}"
            ) from error
        usages.append(row.get("Usage") or "")
    return np.asarray(rows, np.float32).reshape(-1, len(_TAGS)), usages


def vote_shares(votes: np.ndarray) -> np.ndarray:
    """Shares of the eight `VOTES`: float32 (N, 8); all zero for a face without such votes."""
    votes = votes[:, : len(VOTES)]
    total = votes.sum(1, keepdims=True)
    return np.divide(votes, total, out=np.zeros_like(votes), where=total > 0)


def most_voted(votes: np.ndarray) -> np.ndarray:
    """Index of the most voted of `VOTES`, int64 (N,); -1 if "unknown", "not a face" or none won."""
    winner = votes.argmax(1)
    return np.where((winner < len(VOTES)) & (votes.sum(1) > 0), winner, -1)


def voted_emotion(votes: np.ndarray) -> np.ndarray:
    """Index into `EMOTIONS` of the most voted FER+ class, int64 (N,).

    It is -1 where `most_voted` is -1, and where contempt won, which is none of the seven.

    Args:
        votes: float32 (N, 10), as in `FaceSet.votes`.
    """
    emotion = np.full(len(VOTES), -1)
    emotion[list(VOTE_OF_EMOTION)] = np.arange(len(EMOTIONS))
    winner = most_voted(votes)
    return np.where(winner >= 0, emotion[winner], -1)


def drop_duplicates(train: FaceSet, *others: FaceSet) -> tuple[FaceSet, int]:
    """`train` without the images that are pixel-identical to one in `others`, and their number."""
    seen = set().union(*(digests(other.images) for other in others)) if others else set()
    keep = np.array([digest not in seen for digest in digests(train.images)], bool)
    return train.take(keep), int((~keep).sum())


def digests(images: np.ndarray | ImageFiles) -> list[bytes]:
    """One digest per image; equal exactly when all pixels are."""
    if isinstance(images, ImageFiles):
        return images.digests()
    return [_digest(image) for image in images]


def decode(encoded: bytes, where: str) -> np.ndarray:
    """Decode an image file, turned upright as its EXIF data say: uint8 (h, w) or (h, w, 3) BGR.

    Raises:
        DataError: not an image; the message begins with `where`.
    """
    buffer = np.frombuffer(encoded, np.uint8)
    # "Unchanged" would leave photographs lying on their side.
    how = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
    with reading(where):
        image = cv2.imdecode(buffer, how) if buffer.size else None
    if image is None or image.dtype != np.uint8:
        raise DataError(f"{where}: not a readable 8-bit image")
    return image


def open_zip(path: Path, otherwise: str) -> zipfile.ZipFile:
    """A zip archive.

    Raises:
        DataError: it is none, which the message says by `otherwise`, or a damaged one.
    """
    with reading(path):
        if not zipfile.is_zipfile(path):
            raise DataError(f"{path}: {otherwise}")
        return zipfile.ZipFile(path)


def is_image(name: str) -> bool:
    """Whether a file within a folder or zip is an image, by its path there.

    Macs put a file that is none beside each image in a zip, with a similar name.
    """
    path = PurePosixPath(name)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return path.suffix.lower() in _IMAGES and not hidden


def fit_image(image: np.ndarray, size: int, colour: bool) -> np.ndarray:
    """Bring an image to size × size, grey or BGR, the way the app does with crops."""
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


def _is_table(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".csv"


def _votes_beside(path: Path) -> Path | None:
    folders = [path, path.parent] if path.is_dir() else [path.parent]
    found = (folder / name for folder in folders for name in _VOTE_FILES)
    return next((file for file in found if file.is_file()), None)


def _with_votes(
    parts: dict[str, FaceSet], path: Path, votes: Path, asked: bool
) -> dict[str, FaceSet]:
    """`parts` of the data at `path` with their rows of the table `votes`.

    Faces that do not say their row get none; that is an error if the votes were `asked` for.
    """
    table, usages = read_votes(votes)
    rows = np.concatenate([part.rows for part in parts.values()])
    remedy = "take the table that belongs to the faces, or move it away to train without votes"
    # Only their places join the rows of two tables: after a row that is missing in one of them,
    # every face would have another one's votes.
    if _is_table(path) and len(rows) != len(table):
        raise DataError(
            f"{votes}: {len(table)} rows of votes, but {path} has {len(rows)} faces; {remedy}"
        )
    strange = rows[(rows < 0) | (rows >= len(table))]
    if len(strange):
        said = "no row number in its name" if strange[0] < 0 else f"row {strange[0]}"
        problem = f"{votes}: {len(table)} rows of votes, but a face in {path} has {said}"
        if asked:
            raise DataError(f"{problem}; train without --votes")
        print(f"{problem}; going on without votes", file=sys.stderr)
        return parts
    for usage, part in parts.items():
        for row in part.rows:
            if usages[row] not in ("", usage):
                raise DataError(
                    f"{votes}, line {row + 2}: votes on a face of {usages[row]}, but that of "
                    f"{path} is of {usage}; {remedy}"
                )
    return {usage: replace(part, votes=table[part.rows]) for usage, part in parts.items()}


def _read_csv(path: Path, size: int, colour: bool) -> dict[str, FaceSet]:
    members: dict[str, list[tuple[int, int, Callable[[], np.ndarray]]]] = {}
    for usage, label, row, image in _csv_rows(path):
        members.setdefault(usage, []).append((row, label, functools.partial(np.asarray, image)))
    return _parts(members, EMOTIONS, size, colour)


def _parts(
    members: dict[str, list[tuple[int, int, Callable[[], np.ndarray]]]],
    classes: tuple[str, ...],
    size: int,
    colour: bool,
) -> dict[str, FaceSet]:
    """Sets of the faces (row, label, loader) of each part."""
    faces = sum(map(len, members.values()))
    lazy = faces * size * size * (3 if colour else 1) > MEMORY
    parts = {}
    for usage in (name for name in USAGES if name in members):
        rows, labels, loaders = zip(*members[usage], strict=True)
        images = ImageFiles(list(loaders), size, colour)
        parts[usage] = FaceSet(
            images if lazy else images[:],
            np.asarray(labels, np.int64),
            np.asarray(rows, np.int64),
            classes,
        )
    return parts


def _csv_rows(path: Path) -> Iterator[tuple[str, int, int, np.ndarray]]:
    """(part, label, row, image (48, 48)) of every row of fer2013.csv."""
    for row, (where, values) in enumerate(_rows(path, ("emotion", "pixels", "Usage"))):
        emotion, usage = values["emotion"] or "", values["Usage"]
        if usage not in USAGES:
            raise DataError(f"{where}: unknown Usage {usage!r}, expected one of {list(USAGES)}")
        if not emotion.isdigit() or int(emotion) >= len(EMOTIONS):
            raise DataError(f"{where}: unknown emotion {emotion!r}, expected 0 to 6")
        try:
            pixels = np.array([int(p) for p in (values["pixels"] or "").split()], np.uint8)
        except (ValueError, OverflowError) as error:
            raise DataError(f"{where}: the pixels are not whole numbers 0 to 255") from error
        if pixels.size != 48 * 48:
            raise DataError(f"{where}: {pixels.size} pixels, expected 2304 (48 × 48)")
        yield usage, int(emotion), row, pixels.reshape(48, 48)


def _rows(path: Path, columns: Iterable[str] = ()) -> Iterator[tuple[str, dict]]:
    """(place for messages, values by column) of every row of a table that has `columns`."""
    with reading(f"{path}, line 1"):
        reader = csv.DictReader(_lines(path))
        found = reader.fieldnames or ()
    if not set(columns) <= set(found):
        raise DataError(f"{path}: expected the columns {', '.join(columns)}; found {list(found)}")
    for line in itertools.count(2):
        where = f"{path}, line {line}"
        with reading(where):
            values = next(reader, None)
        if values is None:
            return
        yield where, values


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text in UTF-8."""
    # Decoded strictly, a whole block fails, many rows before the byte that is wrong.
    with (
        reading(path),
        open(path, newline="", encoding="utf-8-sig", errors="surrogateescape") as file,
    ):
        for number, line in enumerate(file, start=1):
            if not line.isascii():
                with reading(f"{path}, line {number}"):
                    line.encode(errors="surrogateescape").decode()
            yield line


def _read_images(path: Path, size: int, colour: bool) -> dict[str, FaceSet]:
    files = list(_files(path))
    if not files:
        raise DataError(f"{path}: no images found; expected train|validation|test / CLASS / image")
    places = [_place(path, name) for name, _ in files]
    usages = _usages(path, [split for split, _, _ in places])
    classes = _KNOWN if any(label == "contempt" for _, label, _ in places) else EMOTIONS
    members: dict[str, list] = {}
    for (name, load), (split, label, match) in zip(files, places, strict=True):
        usage, row = (match[1], int(match[2])) if match else (usages[split], -1)
        loader = functools.partial(_load, load, _where(path, name))
        members.setdefault(usage, []).append((row, classes.index(label), loader))
    # FER2013's rows may lie in many folders; faces without a row stay in the order of their names.
    for faces in members.values():
        faces.sort(key=lambda face: face[0])
    return _parts(members, classes, size, colour)


def _load(load: Callable[[], bytes], where: str) -> np.ndarray:
    with reading(where):
        encoded = load()
    return decode(encoded, where)


def _files(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """(name, loader) of every image in a folder or zip, sorted by name."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path).as_posix()
            if is_image(name):
                yield name, file.read_bytes
        return
    archive = open_zip(path, "neither a folder, a zip nor a .csv file")
    for name in sorted(archive.namelist()):
        if is_image(name):
            yield name, functools.partial(archive.read, name)


def _where(path: Path, name: str) -> str:
    return str(path / name) if path.is_dir() else f"{path}: {name}"


def _place(path: Path, name: str) -> tuple[str, str, re.Match | None]:
    """(split folder, class, match of a FER2013 file name) of one image."""
    parts = name.split("/")
    if len(parts) < 3:
        raise DataError(
            f"{_where(path, name)}: expected train|validation|test / CLASS / image; "
            "AffectNet's images are first converted by `python train.py affectnet`"
        )
    label = parts[-2].strip().lower()
    # The app counts contempt as disgust; here it is a class of its own.
    if label != "contempt":
        try:
            label = canonical(label)
        except ValueError as error:
            raise DataError(
                f"{_where(path, name)}: unknown class {parts[-2]!r}, expected one of {list(_KNOWN)}"
            ) from error
    return parts[-3].lower(), label, _FER_NAME.match(Path(name).stem)


def _usages(path: Path, splits: list[str]) -> dict[str, str]:
    """Which part each split folder is."""
    names = sorted(set(splits))
    if all(name in _SPLITS for name in names):
        return {name: _SPLITS[name] for name in names}
    if len(names) == 2 and not any(name in _SPLITS for name in names):
        larger = max(names, key=splits.count)
        return {name: "Training" if name == larger else "PrivateTest" for name in names}
    raise DataError(
        f"{path}: cannot tell which folder is for what: {names}; "
        "expected train, validation and test, or any two folders"
    )
