"""Readers of labelled faces: fer2013.csv, image folders and zips, with FER+ votes.

All readers give one `FaceSet` for each part of the data. Every error message names the file (and
the line of a table) and says what was expected.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from fer.emotions import EMOTIONS, canonical
from fer.training.emotion.face_set import MEMORY, FaceSet, ImageFiles
from fer.training.emotion.votes import votes_beside, with_votes
from fer.training.files import DataError, is_image, is_table, load_image, open_zip, table_rows

USAGES = ("Training", "PublicTest", "PrivateTest")
"""The three parts under FER2013's names: for training, for selection, and for reported figures."""


_SPLITS = {
    "train": "Training",
    "training": "Training",
    "validation": "PublicTest",
    "val": "PublicTest",
    "valid": "PublicTest",
    "publictest": "PublicTest",
    "test": "PrivateTest",
    "testing": "PrivateTest",
    "privatetest": "PrivateTest",
}


_KNOWN = (*EMOTIONS, "contempt")


_FER_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)$")


def read(
    path: str | Path,
    votes: str | Path | None = None,
    size: int = 48,
    colour: bool = False,
) -> dict[str, FaceSet]:
    """Read labelled faces in any supported layout.

    Args:
        path: `fer2013.csv`, a folder or a zip. In a folder or zip the faces lie in
            SPLIT/CLASS/image, with or without folders above. SPLIT is train, validation (or
            val) or test; of two folders with other names the one with more images is the
            training set. Files with the names of the usual Kaggle release
            (`PublicTest_00012.png`) say their part and row themselves. A folder with AffectNet's
            `annotations` is turned into this form by `python train.py affectnet`.
        votes: FER+ table; None takes one that lies beside the data, if any, unless the faces do
            not say which of its rows is theirs.
        size: height and width of the images, in pixels.
        colour: whether the images are BGR instead of grey.

    Returns:
        Faces by part. The keys are from `USAGES`; "Training" is always one of them.

    Raises:
        DataError: the layout is wrong, an image cannot be read, a label is unknown, or the votes
            do not fit the faces.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    parts = _read_csv(path, size, colour) if is_table(path) else _read_images(path, size, colour)
    if "Training" not in parts:
        raise DataError(f"{path}: no training faces; found only {', '.join(parts) or 'nothing'}")
    if table := votes or votes_beside(path):
        return with_votes(parts, path, Path(table), asked=votes is not None)
    return parts


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
    """Make one set for each part from its faces, given as (row, label, loader)."""
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
    """Iterate over (part, label, row, image uint8 (48, 48)) of every row of fer2013.csv."""
    for row, (where, values) in enumerate(table_rows(path, ("emotion", "pixels", "Usage"))):
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
        loader = functools.partial(load_image, load, _where(path, name))
        members.setdefault(usage, []).append((row, classes.index(label), loader))
    # FER2013's rows may lie in many folders; faces without a row stay in the order of their names.
    for faces in members.values():
        faces.sort(key=lambda face: face[0])
    return _parts(members, classes, size, colour)


def _files(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Iterate over (name, loader) of every image in a folder or zip, sorted by name."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path).as_posix()
            if is_image(name):
                yield name, file.read_bytes
        return
    archive = open_zip(path, "neither a folder, a zip nor a .csv file")
    for name in sorted(archive.namelist()):
        # Windows PowerShell 5 writes backslashes between folders.
        place = name.replace("\\", "/")
        if is_image(place):
            yield place, functools.partial(archive.read, name)


def _where(path: Path, name: str) -> str:
    return str(path / name) if path.is_dir() else f"{path}: {name}"


def _place(path: Path, name: str) -> tuple[str, str, re.Match | None]:
    """Split the name of an image into its split folder, its class and a match of `_FER_NAME`."""
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
