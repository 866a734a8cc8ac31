"""Converting a small data set that has exactly the layout in which AffectNet is distributed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer.emotions import AFFECTNET
from fer.training.emotion import affectnet as data_affectnet
from fer.training.emotion import data
from fer.training.files import DataError


@pytest.fixture
def affectnet(tmp_path):
    root = tmp_path / "AffectNet"
    for split, count in (("train_set", 16), ("val_set", 8)):
        (root / split / "images").mkdir(parents=True)
        (root / split / "annotations").mkdir()
        for i in range(count):
            image = np.full((224, 224, 3), (i * 9, 40, 200), np.uint8)
            cv2.imwrite(str(root / split / "images" / f"{i}.jpg"), image)
            stem = root / split / "annotations" / str(i)
            np.save(f"{stem}_exp.npy", str(i % 8))  # distributed as a text of one digit
            np.save(f"{stem}_aro.npy", "0.1")
            np.save(f"{stem}_val.npy", "-0.2")
            np.save(f"{stem}_lnd.npy", np.zeros(136))
    return root


def test_converted_set_reads_as_eight_classes_in_colour(affectnet, tmp_path):
    counts = data_affectnet.convert(affectnet, tmp_path / "out")
    assert counts["train"] == dict.fromkeys(AFFECTNET, 2)
    parts = data.read(tmp_path / "out", size=224, colour=True)
    assert parts["Training"].classes[-1] == "contempt"
    assert parts["Training"].images.shape == (16, 224, 224, 3)
    assert set(parts["PrivateTest"].counts().values()) == {1}


def test_images_of_the_right_size_are_copied_unchanged(affectnet, tmp_path):
    data_affectnet.convert(affectnet, tmp_path / "out")
    source = affectnet / "train_set" / "images" / "9.jpg"
    assert (tmp_path / "out/train/happy/9.jpg").read_bytes() == source.read_bytes()


def test_other_sizes_are_resized(affectnet, tmp_path):
    cv2.imwrite(str(affectnet / "train_set/images/0.jpg"), np.zeros((300, 260, 3), np.uint8))
    data_affectnet.convert(affectnet, tmp_path / "out")
    assert cv2.imread(str(tmp_path / "out/train/neutral/0.jpg")).shape == (224, 224, 3)


def test_what_is_wrong_is_named(affectnet, tmp_path):
    np.save(affectnet / "train_set/annotations/3_exp.npy", "8")
    with pytest.raises(DataError, match=r"3_exp.npy: class 8, expected 0 to 7"):
        data_affectnet.convert(affectnet, tmp_path / "a")
    (affectnet / "train_set/annotations/3_exp.npy").unlink()
    with pytest.raises(DataError, match=r"3_exp.npy: missing"):
        data_affectnet.convert(affectnet, tmp_path / "b")
    with pytest.raises(DataError, match="expected the folders train_set and val_set"):
        data_affectnet.convert(tmp_path / "nothing", tmp_path / "c")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    with pytest.raises(DataError, match="is not empty"):
        data_affectnet.convert(affectnet, tmp_path / "full")


def test_a_conversion_that_fails_leaves_no_half_filled_folder(affectnet, tmp_path):
    last = affectnet / "val_set/images/7.jpg"
    whole = last.read_bytes()
    last.write_bytes(b"no image")
    before = sorted(tmp_path.iterdir())
    for target in (tmp_path / "out", tmp_path / "empty"):
        if target.name == "empty":
            target.mkdir()
            before = sorted(tmp_path.iterdir())
        with pytest.raises(DataError, match=r"7\.jpg: not a readable"):
            data_affectnet.convert(affectnet, target)
        assert sorted(tmp_path.iterdir()) == before
        assert not target.exists() or not list(target.iterdir())
    last.write_bytes(whole)
    for target in (tmp_path / "out", tmp_path / "empty"):
        counts = data_affectnet.convert(affectnet, target)
        assert sum(counts["train"].values()) == len(list((target / "train").rglob("*.jpg"))) == 16


def test_damaged_files_are_named(affectnet, tmp_path):
    annotation = affectnet / "train_set/annotations/3_exp.npy"
    for number, content in enumerate((b"", b"no array", b"PK\x03\x04 no archive")):
        annotation.write_bytes(content)
        with pytest.raises(DataError, match=r"3_exp\.npy: "):
            data_affectnet.convert(affectnet, tmp_path / f"damaged{number}")
    np.save(annotation, np.inf)
    with pytest.raises(DataError, match=r"3_exp\.npy: expected one class number"):
        data_affectnet.convert(affectnet, tmp_path / "infinite")
    np.save(annotation, "3")
    image = affectnet / "train_set/images/3.jpg"
    image.unlink()
    image.symlink_to("nowhere")
    with pytest.raises(DataError, match=r"3\.jpg: cannot be read"):
        data_affectnet.convert(affectnet, tmp_path / "link")
    with pytest.raises(DataError, match=r"3_exp\.npy: is not empty"):
        data_affectnet.convert(affectnet, affectnet / "train_set/annotations/3_exp.npy")


def test_unconverted_set_is_refused_with_the_way_out(affectnet):
    with pytest.raises(DataError, match=r"python train\.py affectnet"):
        data.read(affectnet / "train_set")
