"""What the folders of labelled pictures mean: the part and the class of each picture."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer.emotions import KNOWN
from fer.training.archive import Archive, Folder
from fer.training.emotion.classes import class_of, numbered_classes
from fer.training.files import DataError

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

# Folders that hold no class: in the first, pictures lie too high; AffectNet has the second.
_NO_CLASS = {*_SPLITS, "images"}

# The usual Kaggle release of FER2013 gives each picture its part and row.
_FER_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)$")


@dataclass(frozen=True)
class Place:
    """Where a picture belongs.

    Attributes:
        usage: its part, "Training", "PublicTest" or "PrivateTest".
        label: its class, one of `fer.emotions.KNOWN`.
        row: its row in the original fer2013.csv, or -1.
    """

    usage: str
    label: str
    row: int


def places(source: Folder | Archive, names: list[str]) -> list[Place]:
    """Read the parts and classes of pictures from the names of their folders.

    Args:
        source: folder or zip with the pictures.
        names: names of the pictures in it, as SPLIT/CLASS/image or CLASS/image, with or without
            folders above.

    Raises:
        DataError: the folders cannot be told apart; the message says what they are called.
    """
    files = [PurePosixPath(name) for name in names]
    for name, file in zip(names, files, strict=True):
        if len(file.parts) < 2 or file.parent.name.lower() in _NO_CLASS:
            raise DataError(
                f"{source.where(name)}: expected train|validation|test / CLASS / image; "
                "AffectNet's images are first converted by `python train.py affectnet`"
            )
    folders = [file.parent.name for file in files]
    try:
        numbers = numbered_classes(folders)
    except ValueError as error:
        raise DataError(f"{source.path}: {error}; {_described(names)}") from error
    if numbers:
        meanings = ", ".join(f"{name} {label}" for name, label in numbers.items())
        print(f"{source.path}: folders read as AffectNet's numbers: {meanings}", file=sys.stderr)
    splits = [file.parent.parent.name.lower() for file in files]
    usages = _usages(source.path, splits, names)
    read = []
    for name, file, split in zip(names, files, splits, strict=True):
        try:
            label = numbers[file.parent.name] if numbers else class_of(file.parent.name)
        except ValueError as error:
            raise DataError(
                f"{source.where(name)}: unknown class {file.parent.name!r}, expected one of "
                f"{list(KNOWN)}; {_described(names)}"
            ) from error
        match = _FER_NAME.match(file.stem)
        usage, row = (match[1], int(match[2])) if match else (usages[split], -1)
        read.append(Place(usage, label, row))
    return read


def _usages(path: Path, splits: list[str], names: list[str]) -> dict[str, str]:
    """The part of each folder above the classes."""
    counts = Counter(splits)
    known = {name: _SPLITS[name] for name in counts if name in _SPLITS}
    if len(known) == len(counts):
        return known
    if not known and len(counts) == 1:
        print(
            f"{path}: no folders train, validation or test; all {len(names)} faces are in one part",
            file=sys.stderr,
        )
        return dict.fromkeys(counts, "Training")
    if not known and len(counts) == 2:
        larger = max(sorted(counts), key=lambda name: counts[name])
        return {name: "Training" if name == larger else "PrivateTest" for name in counts}
    raise DataError(
        f"{path}: cannot tell which folder is for what; expected train, validation and test, any "
        f"two folders, or folders of classes alone; {_described(names)}"
    )


def _described(names: list[str]) -> str:
    """What was found, by folder."""
    counts = Counter(str(PurePosixPath(name).parent) for name in names)
    shown = [f"{folder} ({count})" for folder, count in sorted(counts.items())[:12]]
    more = len(counts) - len(shown)
    return f"found pictures in {', '.join(shown)}" + (f" and {more} more folders" if more else "")
