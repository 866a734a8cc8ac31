"""Reads tables and pictures that people provide; errors say what is wrong with which file."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import itertools
import lzma
import zipfile
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import cv2
import numpy as np
from PIL import Image

from fer.errors import RecordingError

MOST_PIXELS = 80_000_000
"""The largest number of pixels of a picture, which takes 240 MB in colour."""

_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}


# Errors that damaged, missing and locked files raise. zipfile raises RuntimeError where a password
# or a compression method is missing, and an unclosed quotation mark raises csv.Error.
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
    """Turn errors of reading a file into a `DataError` whose message begins with `where`."""
    try:
        yield
    except _DAMAGE as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{where}: cannot be read ({reason})") from error


def file_digest(path: Path | str) -> str:
    """The SHA-256 of a file as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of a file that `numpy.savez` wrote, by their names.

    Raises:
        DataError: it cannot be read, or is no such file.
    """
    try:
        with reading(path), np.load(path) as arrays:
            return dict(arrays)
    except (ValueError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: cannot be read ({error})") from error


def decode_picture_file(encoded: bytes, where: str) -> np.ndarray:
    """Decode an image file, upright by its EXIF data: uint8 (h, w) grey or (h, w, 3) BGR.

    Raises:
        DataError: it is no image, or one of more than `MOST_PIXELS`; the message begins with
            `where`.
    """
    # A few bytes may claim gigabytes, so the header is read first.
    if _claims_too_much(encoded):
        raise DataError(f"{where}: more than {MOST_PIXELS / 1e6:.0f} million pixels; not read")
    buffer = np.frombuffer(encoded, np.uint8)
    # IMREAD_UNCHANGED would ignore the EXIF orientation.
    how = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
    with reading(where):
        image = cv2.imdecode(buffer, how) if buffer.size else None
    if image is None or image.dtype != np.uint8:
        raise DataError(f"{where}: not a readable 8-bit image")
    return image


def _claims_too_much(encoded: bytes) -> bool:
    """Whether the header of a picture claims more than `MOST_PIXELS`."""
    try:
        with Image.open(io.BytesIO(encoded)) as header:
            width, height = header.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return True
    except Exception:  # Pillow raises many kinds for damaged headers; OpenCV refuses those files
        return False
    return width * height > MOST_PIXELS


def is_image(name: str) -> bool:
    """Whether a file in a folder or zip is an image, judged by its path there."""
    return is_member(name, _IMAGES)


def is_member(name: str, endings: Container[str]) -> bool:
    """Whether a file in a folder or zip has one of these endings, and is a file that people see.

    Zips that were made on a Mac hold a second, hidden file of a similar name for each file.
    """
    path = PurePosixPath(name)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return path.suffix.lower() in endings and not hidden


def is_table(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".csv"


def table_rows(
    path: Path | str,
    columns: Iterable[str] = (),
    opened: Callable[[], IO[bytes]] | None = None,
) -> Iterator[tuple[str, dict]]:
    """Iterate over the rows of a CSV table as (place for messages, values by column).

    Args:
        path: of the table; what messages call it.
        columns: columns that the table needs.
        opened: opens the table where it is not a file of its own, as in a zip.

    Raises:
        DataError: the table cannot be read or lacks one of `columns`.
    """
    with reading(f"{path}, line 1"):
        # `_lines` closes the file.
        source = opened or (lambda: open(path, "rb"))  # noqa: SIM115
        reader = csv.DictReader(_lines(path, source))
        # Kaggle's icml_face_data.csv has a space before the names of its columns.
        reader.fieldnames = names = [name.strip() for name in reader.fieldnames or ()]
    if not set(columns) <= set(names):
        raise DataError(f"{path}: expected the columns {', '.join(columns)}; found {names}")
    for line in itertools.count(2):
        where = f"{path}, line {line}"
        with reading(where):
            values = next(reader, None)
        if values is None:
            return
        yield where, values


def _lines(path: Path | str, opened: Callable[[], IO[bytes]]) -> Iterator[str]:
    """The lines of a text file in UTF-8."""
    # Strict decoding works in blocks and would fail many rows before the byte that is wrong.
    with (
        reading(path),
        opened() as binary,
        io.TextIOWrapper(
            binary, newline="", encoding="utf-8-sig", errors="surrogateescape"
        ) as file,
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
