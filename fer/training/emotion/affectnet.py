"""Turns AffectNet, as it is distributed, into the folders that `data.read` takes.

Its two sets (`train_set`, `val_set`) hold `images/NUMBER.jpg` and, for each image,
`annotations/NUMBER_exp.npy` with one class number.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from fer.emotions import AFFECTNET
from fer.training.emotion.face_set import fit_image
from fer.training.files import DataError, decode_picture_file, is_image, reading

SIZE = 224

_SPLITS = {
    "train_set": "train",
    "training": "train",
    "train": "train",
    "val_set": "test",
    "validation": "test",
    "val": "test",
    "test": "test",
}


def samples(folder: Path) -> Iterator[tuple[Path, str]]:
    """Iterate over (image file, class name) of one AffectNet set, in the order of the numbers.

    Raises:
        DataError: a folder `images` or `annotations` is missing, an image has no annotation, or
            an annotation holds a number that stands for no class.
    """
    images, annotations = folder / "images", folder / "annotations"
    if not images.is_dir() or not annotations.is_dir():
        raise DataError(f"{folder}: expected the folders images and annotations")
    files = sorted(
        (file for file in images.iterdir() if is_image(file.name)),
        key=lambda file: (len(file.stem), file.stem),
    )
    for file in files:
        annotation = annotations / f"{file.stem}_exp.npy"
        if not annotation.is_file():
            raise DataError(f"{annotation}: missing, but there is an image {file.name}")
        try:
            with reading(annotation):
                number = int(np.load(annotation, allow_pickle=False))
        except DataError:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"{annotation}: expected one class number ({error})") from error
        if not 0 <= number < len(AFFECTNET):
            raise DataError(
                f"{annotation}: class {number}, expected 0 to {len(AFFECTNET) - 1} "
                f"({', '.join(AFFECTNET)})"
            )
        yield file, AFFECTNET[number]


def convert(source: Path, target: Path) -> dict[str, dict[str, int]]:
    """Write TARGET/train|test/CLASS/NUMBER.jpg at 224 × 224 pixels in colour.

    Images that have this size already are copied byte by byte. If anything fails, the target stays
    as it was.

    Args:
        source: folder with `train_set` and `val_set`.
        target: new folder; it must not exist yet, or must be empty.

    Returns:
        The number of faces by split and class.

    Raises:
        DataError: the layout is wrong, an image cannot be read, or the target is not empty.
    """
    sets = (
        [
            (folder, _SPLITS[folder.name])
            for folder in sorted(source.iterdir())
            if folder.is_dir() and folder.name in _SPLITS
        ]
        if source.is_dir()
        else []
    )
    if {split for _, split in sets} != {"train", "test"}:
        raise DataError(f"{source}: expected the folders train_set and val_set")
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise DataError(f"{target}: is not empty")
    target.parent.mkdir(parents=True, exist_ok=True)
    # A folder that is half full would be taken for the whole set later.
    with tempfile.TemporaryDirectory(prefix=".affectnet-", dir=target.parent) as temporary:
        draft = Path(temporary) / target.name
        draft.mkdir()
        counts = _write(sets, draft)
        if target.exists():
            target.rmdir()
        draft.rename(target)
    return counts


def _write(sets: list[tuple[Path, str]], draft: Path) -> dict[str, dict[str, int]]:
    """Write the faces of (folder, split) pairs to the folder `draft`, and count them."""
    counts: dict[str, dict[str, int]] = {}
    for folder, split in sets:
        faces: Counter[str] = Counter()
        for file, name in samples(folder):
            place = draft / split / name
            place.mkdir(parents=True, exist_ok=True)
            with reading(file):
                encoded = file.read_bytes()
            image = decode_picture_file(encoded, str(file))
            if image.shape == (SIZE, SIZE, 3):
                (place / file.name).write_bytes(encoded)
            else:
                image = fit_image(image, SIZE, colour=True)
                cv2.imwrite(str(place / file.name), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
            faces[name] += 1
        counts[split] = dict(faces)
    return counts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train.py affectnet`."""
    parser.description = (
        "Turn AffectNet, as it is distributed, into a train and a test folder with one folder "
        "for each class."
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with train_set and val_set"
    )
    parser.add_argument("--out", type=Path, required=True, help="new folder for train and test")


def run(args: argparse.Namespace) -> int:
    """Convert AffectNet and print the number of faces by split and class.

    Raises:
        DataError: as `convert`.
    """
    for split, classes in convert(args.data, args.out).items():
        print(f"{split}: {sum(classes.values())} faces", dict(sorted(classes.items())))
    return 0
