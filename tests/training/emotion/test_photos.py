"""Measuring readings of whole photographs: labels, persons, a slow call and a tilted head."""

from __future__ import annotations

import zipfile

import cv2
import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.training.emotion import photos
from fer.training.files import DataError
from tests.fakes import make_core


@pytest.fixture
def pictures(tmp_path, astronaut):
    """A zip of neutral and happy pictures of three persons; the fake core reads brightness."""
    path = tmp_path / "faces.zip"
    small = cv2.resize(astronaut, (96, 96))
    with zipfile.ZipFile(path, "w") as archive:
        for number, label in enumerate(("neutral", "happy", "neutral", "happy")):
            content = cv2.imencode(".jpg", small)[1].tobytes()
            archive.writestr(f"wild/{label}/{number}_{number % 3}.jpg", content)
    return path


def test_labels_and_persons_are_in_the_names(pictures):
    read = photos.read_photos(pictures)
    assert [EMOTIONS[label] for label in read.labels] == ["happy", "happy", "neutral", "neutral"]
    assert read.persons == ["1", "0", "0", "2"]


def test_what_is_no_label_is_named(tmp_path):
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bored/1_a.jpg", b"x")
    with pytest.raises(DataError, match="'bored' is no emotion"):
        photos.read_photos(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bored/1.pdf", b"x")
    with pytest.raises(DataError, match=r"no pictures in it; found 1 × \.pdf"):
        photos.read_photos(path)


def test_figures_of_photographs(pictures):
    core = make_core(boxes=((10, 10, 40, 40),))
    found = photos.figures(core, photos.read_photos(pictures))
    assert found["faces"] == 4
    assert found["persons"] == 3
    assert found["found"] == 1
    assert found["uar_five"] is None  # no face of three of the five classes
    assert sum(found["faces_by_class"].values()) == 4
    low, high = found["intervals_95"]["accuracy"]
    assert low <= found["accuracy"] <= high
    assert found["tilted"]["faces"] == found["video_call"]["faces"] == 2


def test_a_call_and_a_tilt_damage_a_picture(astronaut):
    call = photos.in_a_call(astronaut)
    assert call.shape == (240, 320, 3)
    assert call.dtype == np.uint8
    clear = cv2.resize(astronaut, (240, 240))
    sharpness = [cv2.Laplacian(x, cv2.CV_64F).var() for x in (clear, call[:, 40:280])]
    assert sharpness[1] < 0.7 * sharpness[0]
    turned = photos.tilted(astronaut)
    assert turned.shape == astronaut.shape
    assert np.abs(turned.astype(int) - astronaut).mean() > 20
