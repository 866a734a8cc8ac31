"""Measuring readings of whole photographs: labels, persons, a slow call and a tilted head."""

from __future__ import annotations

import zipfile

import cv2
import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.training.emotion import photos
from fer.training.emotion.people import Person, read_negative_by_group, read_people
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


def test_ages_and_sexes_of_neutral_faces(pictures, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("file,age,sex\nneutral/0_0.jpg,61.5,female\nneutral/2_2.jpg,29,male\n")
    core = make_core(boxes=((10, 10, 40, 40),))
    read = photos.read_photos(pictures)
    rows = photos.figures(core, read, read_people(table))["by_group"]
    assert list(rows) == ["female", "male", "under 30", "30 to 44", "45 to 59", "60 and over"]
    assert [row["faces"] for row in rows.values()] == [1, 1, 1, 0, 0, 1]
    assert rows["30 to 44"]["neutral_read_negative"] is None
    assert "by_group" not in photos.figures(core, read)


def test_the_rate_of_a_group_has_an_interval_by_persons():
    """Forty faces of four persons; one person, whose ten faces are all read as sad, is a man."""
    people = [Person(40, "male" if number < 20 else "female") for number in range(40)]
    probabilities = np.eye(7)[[EMOTIONS.index("sad")] * 10 + [EMOTIONS.index("neutral")] * 30]
    rows = read_negative_by_group(probabilities, people, np.arange(40) // 10)
    assert (rows["male"]["negative"], rows["male"]["neutral_read_negative"]) == (10, 0.5)
    assert rows["male"]["interval_95"] == [0, 1]  # two persons: one always, one never
    assert rows["female"]["interval_95"] == [0, 0]
    assert rows["30 to 44"]["neutral_read_negative"] == 0.25


@pytest.mark.parametrize("row", ["a.jpg,old,male", "a.jpg,30,", "a.jpg,-1,female", "a.jpg"])
def test_a_wrong_row_of_a_table_of_people_is_named(tmp_path, row):
    table = tmp_path / "people.csv"
    table.write_text(f"file,age,sex\n{row}\n")
    with pytest.raises(DataError, match=r"people\.csv.*expected file, age in years"):
        read_people(table)
    with pytest.raises(DataError, match="benchmarks age_and_sex"):
        read_people(tmp_path / "gone.csv")


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
