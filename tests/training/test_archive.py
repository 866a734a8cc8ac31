"""Zips of training data: the limits that every reader keeps, and names with backslashes."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs requirements-train.txt")

from fer.training.archive import LARGEST_FILE, Archive
from fer.training.detector.photos import Photos
from fer.training.emotion import data, photos, shares
from fer.training.files import DataError, decode_picture_file
from fer.training.speech.data import read_ravdess
from fer.training.speech.settings import LOG_MEL
from tests.bombs import jpeg_bomb, zip_bomb
from tests.sounds import tone, write_sound
from tests.training.conftest import face

CLIP = "Actor_01/03-01-05-01-02-01-01.wav"

READERS: dict[str, tuple[Callable, str]] = {
    "emotion": (data.read, "data/train/happy/1.png"),
    "photographs": (photos.read_photos, "wild/happy/1_somebody.png"),
    "shares": (lambda path: list(shares.photographs(path)), "wild/happy/1.png"),
    "detector": (Photos.read, "photos/1.png"),
    "speech": (lambda path: read_ravdess(path, LOG_MEL), CLIP),
}

PICTURE = cv2.imencode(".png", face(3, 0))[1].tobytes()


def clip(folder: Path, seconds: float = 1.0) -> bytes:
    """A tone of some seconds as a WAV file."""
    samples = tone(seconds)
    return write_sound(folder / "clip.wav", samples * np.hanning(len(samples))).read_bytes()


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_takes_backslashes_between_folders(tmp_path, reader):
    """Windows PowerShell 5 writes them."""
    read, name = READERS[reader]
    content = clip(tmp_path) if name == CLIP else PICTURE
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as packed:
        packed.writestr(name.replace("/", "\\"), content)
    assert read(tmp_path / "data.zip")


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_lets_a_small_zip_fill_the_memory(tmp_path, reader):
    read, name = READERS[reader]
    bomb = zip_bomb(tmp_path / "data.zip", [f"{number}/{name}" for number in range(50)])
    assert bomb.stat().st_size < 3.2e6
    tracemalloc.start()
    with pytest.raises(DataError, match=r"data\.zip: .* would unpack to 3,000 MB"):
        read(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6


def test_a_single_file_that_is_too_large_is_named(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("train/happy/1.png", bytes(LARGEST_FILE + 1))
        packed.writestr("noise", np.random.default_rng(0).bytes(LARGEST_FILE // 50))
    with pytest.raises(DataError, match=r"data\.zip: train/happy/1\.png: 67 MB; .* at most 67 MB"):
        data.read(path)


def test_a_file_that_is_larger_than_it_claims_is_not_unpacked(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("1.png", bytes(60_000_000))
        packed.filelist[0].file_size = 1000
    tracemalloc.start()
    with Archive(path, "") as archive, pytest.raises(DataError, match=r"1\.png: cannot be read"):
        archive.read("1.png")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_methods_of_packing_are_refused(tmp_path, method):
    """Python unpacks them whole, and 300 bytes of bzip2 can hold 400 MB."""
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("train/happy/1.png", PICTURE, method)
    with pytest.raises(DataError, match=r"1\.png: cannot be read, .* pack it again"):
        data.read(path)


def test_a_picture_that_claims_gigabytes_is_not_decoded():
    with pytest.raises(DataError, match=r"^x\.jpg: more than 80 million pixels"):
        decode_picture_file(jpeg_bomb(), "x.jpg")
    with pytest.raises(DataError, match=r"^x\.jpg: more than 80 million pixels"):
        decode_picture_file(jpeg_bomb(9_000), "x.jpg")


def test_a_clip_of_hours_is_refused(tmp_path):
    """A few bytes of FLAC hold hours of silence."""
    name = Path(CLIP).with_suffix(".flac").name
    write_sound(tmp_path / name, np.zeros(61 * 16_000))
    with pytest.raises(DataError, match=rf"{name}: longer than 60 s"):
        read_ravdess(tmp_path, LOG_MEL)
