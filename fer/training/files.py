"""Files that people hand in: zips, tables and pictures, with errors that name what is wrong."""

from __future__ import annotations

import contextlib
import csv
import itertools
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from fer.errors import RecordingError

_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}


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


def decode_picture_file(encoded: bytes, where: str) -> np.ndarray:
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


def is_table(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".csv"


def table_rows(path: Path, columns: Iterable[str] = ()) -> Iterator[tuple[str, dict]]:
    """(place for messages, values by column) of every row of a table that has `columns`."""
    with reading(f"{path}, line 1"):
        reader = csv.DictReader(_lines(path))
        # Kaggle's icml_face_data.csv has a space before the names of its columns.
        reader.fieldnames = found = [name.strip() for name in reader.fieldnames or ()]
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


def load_image(load: Callable[[], bytes], where: str) -> np.ndarray:
    with reading(where):
        encoded = load()
    return decode_picture_file(encoded, where)
