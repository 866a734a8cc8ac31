"""Readers of labelled faces: fer2013.csv, image folders and zips, with FER+ votes.

All readers give one `FaceSet` for each part of the data. Every error message names the file (and
the line of a table) and says what was expected.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fer.emotions import CONTEMPT, EMOTIONS, KNOWN
from fer.training.archive import Archive, Folder, contents, opened
from fer.training.emotion import table
from fer.training.emotion.face_set import MEMORY, FaceSet, ImageFiles
from fer.training.emotion.folders import places
from fer.training.emotion.table import USAGES
from fer.training.emotion.votes import votes_beside, with_votes
from fer.training.files import DataError, is_image, is_table, load_image


class _Face(NamedTuple):
    usage: str
    row: int
    label: int
    load: Callable[[], np.ndarray]


def read(
    path: str | Path,
    votes: str | Path | None = None,
    size: int = 48,
    colour: bool = False,
) -> dict[str, FaceSet]:
    """Read labelled faces in any supported layout.

    Args:
        path: `fer2013.csv` or Kaggle's `icml_face_data.csv`; or a folder or a zip that holds such a
            table, or faces in SPLIT/CLASS/image, with or without folders above. SPLIT is train,
            validation (val, valid) or test, in the common spellings; of two folders with other
            names the one with more images is the training set. Without SPLIT all faces are for
            training. CLASS is an emotion, or a number of AffectNet's if all of 0 to 7 are there.
            Files with the names of the usual Kaggle release (`PublicTest_00012.png`) say their part
            and row themselves. A folder with AffectNet's `annotations` is turned into this form by
            `python train.py affectnet`.
        votes: FER+ table; None takes one that lies beside the data, if any, unless the faces do
            not say which of its rows is theirs.
        size: height and width of the images, in pixels.
        colour: whether the images are BGR instead of grey.

    Returns:
        Faces by part. The keys are from `USAGES`; there is at least one.

    Raises:
        DataError: the layout is wrong, an image cannot be read, a label is unknown, or the votes
            do not fit the faces.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    classes, tabled = EMOTIONS, True
    if is_table(path):
        faces = _tabled(table.faces(path))
    else:
        # It stays open: the images of a large set are read from it later.
        source = opened(path, "neither a folder, a zip nor a .csv file")
        names = [name for name in source.names if is_image(name)]
        if names:
            classes, faces = _pictured(source, names)
            tabled = False
        elif name := table.table_in(source):
            faces = _tabled(table.faces(source.where(name), functools.partial(source.open, name)))
        else:
            raise DataError(
                f"{path}: no images found, and no table like fer2013.csv; expected train|validation"
                f"|test / CLASS / image; {contents(source.names)}"
            )
    parts = _parts(faces, classes, size, colour)
    if not parts:
        raise DataError(f"{path}: the table has no faces")
    if beside := votes or votes_beside(path):
        return with_votes(parts, path, Path(beside), asked=votes is not None, tabled=tabled)
    return parts


def described(parts: dict[str, FaceSet]) -> str:
    """The numbers of faces by part and class, for messages."""
    return "; ".join(
        f"{usage}: {len(part):,} face{'s' * (len(part) != 1)} ("
        + ", ".join(f"{name} {count:,}" for name, count in part.counts().items() if count)
        + ")"
        for usage, part in parts.items()
    )


def _tabled(rows: Iterable[tuple[str, int, int, np.ndarray]]) -> list[_Face]:
    return [
        _Face(usage, row, label, functools.partial(np.asarray, image))
        for usage, label, row, image in rows
    ]


def _pictured(source: Folder | Archive, names: list[str]) -> tuple[tuple[str, ...], list[_Face]]:
    """The classes and the faces of pictures in folders."""
    read = places(source, names)
    classes = KNOWN if any(place.label == CONTEMPT for place in read) else EMOTIONS
    faces = [
        _Face(
            place.usage,
            place.row,
            classes.index(place.label),
            functools.partial(load_image, functools.partial(source.read, name), source.where(name)),
        )
        for name, place in zip(names, read, strict=True)
    ]
    # FER2013's rows may lie in many folders; faces without a row stay in the order of their names.
    return classes, sorted(faces, key=lambda face: face.row)


def _parts(
    faces: list[_Face], classes: tuple[str, ...], size: int, colour: bool
) -> dict[str, FaceSet]:
    """Make one set for each part from its faces."""
    lazy = len(faces) * size * size * (3 if colour else 1) > MEMORY
    parts = {}
    for usage in USAGES:
        members = [face for face in faces if face.usage == usage]
        if members:
            images = ImageFiles([face.load for face in members], size, colour)
            parts[usage] = FaceSet(
                images if lazy else images[:],
                np.array([face.label for face in members], np.int64),
                np.array([face.row for face in members], np.int64),
                classes,
            )
    return parts
