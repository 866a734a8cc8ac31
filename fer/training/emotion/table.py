"""Reads the faces of a table like fer2013.csv."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from fer.emotions import EMOTIONS
from fer.training.archive import Archive, Folder
from fer.training.files import DataError, is_member, table_rows

USAGES = ("Training", "PublicTest", "PrivateTest")
"""The three parts under FER2013's names: for training, for selection, and for reported figures."""

_COLUMNS = ("emotion", "pixels", "Usage")


def table_in(source: Folder | Archive) -> str | None:
    """The name of the table of faces in a folder or zip; None if there is none.

    Of several, as Kaggle's zip of the challenge has them, the one called fer2013.csv comes first.
    """
    names = [name for name in source.names if is_member(name, {".csv"})]
    for name in sorted(names, key=lambda name: (Path(name).name.lower() != "fer2013.csv", name)):
        try:
            opened = functools.partial(source.open, name)
            next(table_rows(source.where(name), _COLUMNS, opened), None)
        except DataError:
            continue
        return name
    return None


def faces(
    path: Path | str, opened: Callable[[], IO[bytes]] | None = None
) -> Iterator[tuple[str, int, int, np.ndarray]]:
    """Iterate over (part, label, row, image uint8 (48, 48)) of every row of fer2013.csv.

    Args:
        path: of the table; what messages call it.
        opened: opens the table where it is not a file of its own.

    Raises:
        DataError: the table cannot be read, or a row is wrong.
    """
    for row, (where, values) in enumerate(table_rows(path, _COLUMNS, opened)):
        emotion, usage = values["emotion"] or "", values["Usage"]
        if usage not in USAGES:
            raise DataError(f"{where}: unknown Usage {usage!r}, expected one of {list(USAGES)}")
        if not emotion.isdigit() or int(emotion) >= len(EMOTIONS):
            raise DataError(f"{where}: unknown emotion {emotion!r}, expected 0 to 6")
        try:
            # Ten times as fast as `split` and `int`; fer2013.csv has 83 million numbers.
            pixels = np.fromstring(values["pixels"] or "", np.int64, sep=" ")
        except ValueError as error:
            raise DataError(f"{where}: the pixels are not whole numbers 0 to 255") from error
        if ((pixels < 0) | (pixels > 255)).any():
            raise DataError(f"{where}: the pixels are not whole numbers 0 to 255")
        if pixels.size != 48 * 48:
            raise DataError(f"{where}: {pixels.size} pixels, expected 2304 (48 × 48)")
        yield usage, int(emotion), row, pixels.astype(np.uint8).reshape(48, 48)
