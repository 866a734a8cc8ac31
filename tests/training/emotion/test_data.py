"""Readers of labelled faces: their results, and their messages about wrong data."""

from __future__ import annotations

import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image

from fer.emotions import AFFECTNET, EMOTIONS, FIVE
from fer.training.emotion import data, face_set, votes
from fer.training.files import DataError
from tests.training.conftest import FACES, face, write_folder


def test_table_gives_parts_rows_and_votes(fer2013, face_sets):
    parts = data.read(fer2013)
    assert {usage: len(part) for usage, part in parts.items()} == FACES
    for usage, part in parts.items():
        np.testing.assert_array_equal(part.images, face_sets[usage].images)
        np.testing.assert_array_equal(part.labels, face_sets[usage].labels)
        np.testing.assert_array_equal(part.rows, face_sets[usage].rows)
        np.testing.assert_array_equal(part.votes, face_sets[usage].votes)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("9,1 2 3,Training", "unknown emotion '9'", id="label"),
        pytest.param("x,1 2 3,Training", "unknown emotion 'x'", id="label is a word"),
        pytest.param("0,1 2 3,Training", "3 pixels, expected 2304", id="too few pixels"),
        pytest.param("0,1 2 300,Training", "not whole numbers 0 to 255", id="pixel too large"),
        pytest.param("0,1 -2,Training", "not whole numbers 0 to 255", id="pixel below 0"),
        pytest.param("0,1 2.5,Training", "not whole numbers 0 to 255", id="pixel is a fraction"),
        pytest.param("0,1 a,Training", "not whole numbers 0 to 255", id="pixel is a word"),
        pytest.param("0,1 2,Holiday", "unknown Usage 'Holiday'", id="usage"),
    ],
)
def test_bad_row_is_named(tmp_path, line, said):
    path = tmp_path / "fer2013.csv"
    good = "3," + " ".join(["7"] * 2304) + ",Training"
    path.write_text(f"emotion,pixels,Usage\n{good}\n{line}\n")
    with pytest.raises(DataError, match="line 3") as error:
        data.read(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_table_with_other_columns(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="expected the columns emotion, pixels, Usage"):
        data.read(path)


def test_missing_path_and_other_file(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        data.read(tmp_path / "nothing")
    (tmp_path / "a.zip").write_text("no zip")
    with pytest.raises(DataError, match="neither a folder, a zip"):
        data.read(tmp_path / "a.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no images found"):
        data.read(tmp_path / "empty")


def test_folder_with_validation_and_other_spellings(tmp_path):
    root = write_folder(
        tmp_path / "faces",
        {
            "train": [("Happy", face(3, 0)), ("anger", face(0, 1)), ("sadness", face(4, 2))],
            "validation": [("happy", face(3, 3))],
            "test": [("neutral", face(6, 4))],
        },
    )
    parts = data.read(root)
    assert sorted(parts) == ["PrivateTest", "PublicTest", "Training"]
    names = sorted(EMOTIONS[label] for label in parts["Training"].labels)
    assert names == ["angry", "happy", "sad"]
    assert parts["Training"].votes is None


def test_folders_may_have_any_name_that_the_app_knows(tmp_path):
    root = write_folder(
        tmp_path,
        {
            "train": [("joy", face(3, 0)), ("Afraid", face(2, 1)), ("contempt", face(1, 2))],
            "test": [("calm", face(6, 3))],
        },
    )
    parts = data.read(root)
    named = {part.classes[label] for part in parts.values() for label in part.labels}
    assert named == {"happy", "fear", "contempt", "neutral"}


def test_any_two_folders_of_classes(tmp_path):
    root = write_folder(
        tmp_path,
        {"mine": [("happy", face(3, i)) for i in range(3)], "theirs": [("sad", face(4, 9))]},
    )
    parts = data.read(root)
    assert len(parts["Training"]) == 3
    assert len(parts["PrivateTest"]) == 1


def test_a_zip_made_by_a_mac_and_other_kinds_of_files(tmp_path):
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a.png", "b.tif"):
            _, encoded = cv2.imencode(name[1:], face(3, 0))
            archive.writestr(f"faces/train/happy/{name}", encoded.tobytes())
            archive.writestr(f"__MACOSX/faces/train/happy/._{name}", b"no picture")
        archive.writestr("faces/train/happy/.hidden.png", b"no picture")
    np.testing.assert_array_equal(data.read(path)["Training"].images, [face(3, 0)] * 2)


def test_photographs_are_turned_upright(tmp_path):
    upright = np.zeros((48, 48), np.uint8)
    upright[:24] = 200
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held turned left: shown turned right
    root = write_folder(tmp_path, {"train": [("happy", upright)]})
    (root / "train/happy/0.png").unlink()
    lying = Image.fromarray(np.rot90(upright))
    lying.save(root / "train/happy/0.jpg", exif=exif, quality=95)
    assert np.abs(data.read(root)["Training"].images[0].astype(int) - upright).max() < 10


def test_a_table_that_excel_saved(fer2013):
    for path in (fer2013, fer2013.with_name("ferplus_votes.csv")):
        path.write_text("\ufeff" + path.read_text(), encoding="utf-8")
    assert data.read(fer2013)["Training"].votes is not None


def test_names_of_the_usual_release_carry_part_and_row(tmp_path):
    path = tmp_path / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder, name in [
            ("train", "Training_00002"),
            ("train", "Training_00000"),
            ("test", "PublicTest_00001"),
            ("test", "PrivateTest_00003"),
        ]:
            _, encoded = cv2.imencode(".png", face(3, 0))
            archive.writestr(f"fer2013/{folder}/happy/{name}.png", encoded.tobytes())
    parts = data.read(path)
    assert parts["Training"].rows.tolist() == [0, 2]
    assert parts["PublicTest"].rows.tolist() == [1]


@pytest.mark.parametrize(
    ("place", "content", "said"),
    [
        pytest.param("train/bored/1.png", None, "unknown class 'bored'", id="class"),
        pytest.param("train/1.png", None, "expected train|validation|test / CLASS", id="layout"),
        pytest.param("train/happy/2.png", b"no image", "not a readable 8-bit image", id="image"),
        pytest.param("train/happy/2.png", b"", "not a readable 8-bit image", id="empty file"),
    ],
)
def test_bad_image_is_named(tmp_path, place, content, said):
    root = write_folder(tmp_path / "d", {"train": [("happy", face(3, 0))]})
    file = root / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(cv2.imencode(".png", face(0, 0))[1].tobytes() if content is None else content)
    with pytest.raises(DataError) as error:
        data.read(root)
    assert said in str(error.value)
    assert file.name in str(error.value)


def test_a_damaged_picture_in_a_zip_is_named(tmp_path):
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(3):
            archive.writestr(f"train/happy/{i}.png", cv2.imencode(".png", face(3, i))[1].tobytes())
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"faces\.zip: train/happy/0\.png: cannot be read .*CRC"):
        data.read(path)


def test_a_damaged_zip_gives_no_other_error(tmp_path):
    path = tmp_path / "faces.zip"
    kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) * 2
    with zipfile.ZipFile(path, "w") as archive:
        for i, kind in enumerate(kinds):
            encoded = cv2.imencode(".png", face(3, i))[1].tobytes()
            archive.writestr(f"train/happy/{i}.png", encoded, kind)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    said = []
    for _ in range(300):
        content = bytearray(whole)
        # Half of the damage goes to the directory at the end, which all else depends on.
        first = 0 if rng.random() < 0.5 else len(whole) - 400
        for place in rng.integers(first, len(whole), int(rng.integers(1, 6))):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            data.read(path)
        except DataError as error:
            said.append(str(error))
    assert len(said) > 100
    assert all(message.startswith(str(path)) for message in said)


@pytest.mark.parametrize(
    "make",
    [lambda file: file.symlink_to("nowhere"), lambda file: file.mkdir()],
    ids=["link", "folder"],
)
def test_a_name_without_a_file_is_named(tmp_path, make):
    root = write_folder(tmp_path, {"train": [("happy", face(3, 0))]})
    make(root / "train/happy/1.png")
    with pytest.raises(DataError, match=r"1\.png: cannot be read"):
        data.read(root)


def test_a_table_in_another_encoding_is_named(tmp_path, fer2013):
    votes = tmp_path / "ferplus_votes.csv"
    rows = votes.read_text().splitlines()
    rows[40] = rows[40].replace(",,", ",café.png,")
    votes.write_text("\n".join(rows), encoding="latin-1")
    with pytest.raises(DataError, match=r"ferplus_votes\.csv, line 41: cannot be read .*0xe9"):
        data.read(fer2013)
    fer2013.write_text(fer2013.read_text(), encoding="utf-16")
    with pytest.raises(DataError, match=r"fer2013\.csv, line 1: cannot be read .*utf-8"):
        data.read(fer2013)


def test_a_quotation_mark_that_is_never_closed_is_named(fer2013):
    rows = fer2013.read_text().splitlines()
    rows[4] = rows[4].replace(",", ',"', 1)
    fer2013.write_text("\n".join(rows))
    with pytest.raises(DataError, match=r"fer2013\.csv, line 5: cannot be read .*field limit"):
        data.read(fer2013)


def test_size_and_colour(tmp_path):
    root = write_folder(tmp_path, {"train": [("happy", face(3, 0, 100))]})
    assert data.read(root)["Training"].images.shape == (1, 48, 48)
    assert data.read(root, size=64, colour=True)["Training"].images.shape == (1, 64, 64, 3)


def test_large_sets_stay_on_disk(tmp_path, monkeypatch):
    root = write_folder(tmp_path, {"train": [("happy", face(3, i)) for i in range(5)]})
    kept = data.read(root)["Training"]
    monkeypatch.setattr(data, "MEMORY", 0)
    lazy = data.read(root)["Training"]
    assert isinstance(lazy.images, face_set.ImageFiles)
    np.testing.assert_array_equal(lazy.images[:], kept.images)
    np.testing.assert_array_equal(lazy.take(np.array([3, 1])).images[:], kept.images[[3, 1]])
    assert face_set.digests(lazy.images) == face_set.digests(kept.images)


def test_a_large_table_is_enlarged_face_by_face(fer2013, monkeypatch):
    whole = data.read(fer2013, size=96, colour=True)["Training"]
    monkeypatch.setattr(data, "MEMORY", 0)
    lazy = data.read(fer2013, size=96, colour=True)["Training"]
    assert isinstance(lazy.images, face_set.ImageFiles)
    assert lazy.images[0].shape == (96, 96, 3)
    np.testing.assert_array_equal(lazy.images[:], whole.images)


def test_duplicates_of_test_images_leave_the_training_set(face_sets):
    train, test = face_sets["Training"], face_sets["PrivateTest"]
    train.images[5] = train.images[9] = test.images[2]
    rest, removed = face_set.drop_duplicates(train, face_sets["PublicTest"], test)
    assert removed == 2
    assert len(rest) == len(train) - 2
    assert not {5, 9} & set(rest.rows.tolist())


def test_votes():
    counts = np.zeros((6, 10), np.float32)
    counts[0, [0, 1, 8]] = 3, 1, 2  # neutral wins
    counts[1, [1, 8]] = 2, 8  # unknown wins
    counts[2, 9] = 10  # not a face
    # The fourth has no votes. Nobody wins the others, however the classes are sorted.
    counts[4, [0, 3]] = 5
    counts[5, [2, 8]] = 4
    np.testing.assert_array_equal(votes.most_voted(counts), [0, -1, -1, -1, -1, -1])
    shares = votes.vote_shares(counts)
    np.testing.assert_allclose(shares[0, :2], [0.75, 0.25])
    np.testing.assert_array_equal(shares.sum(1), [1, 1, 0, 0, 1, 1])


def test_the_most_votes_in_our_classes():
    counts = np.zeros((10, 10), np.float32)
    counts[np.arange(10), np.arange(10)] = 6
    counts[:, 0] += 2
    # Contempt is none of our seven; unknown and "not a face" say nothing.
    names = ["neutral", "happy", "surprise", "sad", "angry", "disgust", "fear"]
    expected = [*(data.EMOTIONS.index(name) for name in names), -1, -1, -1]
    np.testing.assert_array_equal(votes.voted_emotion(counts), expected)
    # Where a whole class is counted, contempt is given a place.
    expected[7] = data.EMOTIONS.index("disgust")
    np.testing.assert_array_equal(votes.voted_emotion(counts, expected[7]), expected)


def test_votes_table_is_checked(tmp_path, fer2013):
    bad = tmp_path / "votes.csv"
    bad.write_text("neutral,happiness\n1,2\n")
    with pytest.raises(DataError, match="line 2"):
        data.read(fer2013, votes=bad)
    short = tmp_path / "short.csv"
    short.write_text("".join((tmp_path / "ferplus_votes.csv").open().readlines()[:11]))
    with pytest.raises(DataError, match="10 rows of votes"):
        data.read(fer2013, votes=short)


def test_votes_of_another_table_are_refused(tmp_path, fer2013):
    """If one row were missing, every later face would get its neighbour's votes."""
    lines = fer2013.read_text().splitlines(keepends=True)
    fer2013.write_text("".join(lines[:5] + lines[6:]))
    with pytest.raises(DataError, match=r"98 rows of votes, .* 97 .*move it away"):
        data.read(fer2013)
    fer2013.write_text("".join(lines[:5] + lines[6:] + lines[5:6]))  # as many, but others
    with pytest.raises(DataError, match=r"line 99: votes on a face of PrivateTest, .* Training"):
        data.read(fer2013)


def numbered(tmp_path, *names):
    faces = [(folder, face(3, i)) for i, folder in enumerate(["happy"] * len(names))]
    root = write_folder(tmp_path / "faces", {"train": faces})
    for i, name in enumerate(names):
        (root / f"train/happy/{i}.png").rename(root / f"train/happy/{name}.png")
    return root


def test_names_that_are_no_row_numbers_leave_the_votes_out(tmp_path, fer2013, capsys):
    root = numbered(tmp_path, "Training_10118481", "Training_00002")
    (tmp_path / "ferplus_votes.csv").rename(root / "ferplus_votes.csv")
    assert data.read(root)["Training"].votes is None
    said = capsys.readouterr().err
    assert "10118481" in said
    assert "without votes" in said


def test_votes_that_were_asked_for_are_used_or_refused(tmp_path, fer2013):
    table = tmp_path / "ferplus_votes.csv"
    with pytest.raises(DataError, match=r"nowhere\.csv: no such file"):
        data.read(fer2013, votes=tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="--votes"):
        data.read(numbered(tmp_path, "a", "b"), votes=table)


def test_votes_follow_the_numbers_in_names(tmp_path, fer2013):
    (part,) = data.read(
        numbered(tmp_path, "Training_00009", "Training_00002"), tmp_path / "ferplus_votes.csv"
    ).values()
    table, _ = votes.read_votes(tmp_path / "ferplus_votes.csv")
    np.testing.assert_array_equal(part.votes, table[[2, 9]])


def test_subset_and_split(face_sets):
    train = face_sets["Training"]
    five = train.subset(FIVE)
    assert five.classes == FIVE
    assert set(five.counts().values()) == {8}
    assert len(five.votes) == len(five) == 40
    first, second = train.split(0.25, seed=1)
    assert second.counts() == dict.fromkeys(EMOTIONS, 2)
    assert not set(first.rows) & set(second.rows)
    with pytest.raises(DataError, match="unknown class 'bored'"):
        train.subset(("bored",))


@pytest.mark.parametrize("share", [20, 1, 0, -0.1])
def test_a_share_that_is_none_is_refused(face_sets, share):
    with pytest.raises(DataError, match=r"--validation .* between 0 and 1"):
        face_sets["Training"].split(share, seed=1)


def test_the_real_fer2013(shared):
    """The release in the shared folder has the published numbers of faces."""
    parts = data.read(shared / "data" / "fer2013.zip")
    assert [len(parts[usage]) for usage in data.USAGES] == [28709, 3589, 3589]
    private = parts["PrivateTest"]
    assert list(private.counts().values()) == [491, 55, 528, 879, 594, 416, 626]
    assert (votes.most_voted(private.votes) >= 0).sum() == 3376
    rest, removed = face_set.drop_duplicates(parts["Training"], parts["PublicTest"], private)
    assert (removed, len(rest)) == (703, 28006)


def test_spaces_before_the_names_of_columns(tmp_path):
    path = tmp_path / "icml_face_data.csv"
    path.write_text("emotion, Usage, pixels\n3,Training," + " ".join(["7"] * 2304) + "\n")
    assert data.read(path)["Training"].labels.tolist() == [3]


@pytest.mark.parametrize(
    ("folders", "parts"),
    [
        (("train", "valid"), {"Training", "PublicTest"}),
        (("Training", "Testing"), {"Training", "PrivateTest"}),
    ],
)
def test_other_names_of_the_parts(tmp_path, folders, parts):
    faces = [[("happy", face(3, 0))], [("sad", face(4, i)) for i in range(3)]]
    assert set(data.read(write_folder(tmp_path, dict(zip(folders, faces, strict=True))))) == parts


def test_a_zip_with_backslashes(tmp_path):
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "test"):
            encoded = cv2.imencode(".png", face(3, 0))[1].tobytes()
            archive.writestr(f"{split}\\happy\\1.png", encoded)
    parts = data.read(path)
    assert {usage: part.labels.tolist() for usage, part in parts.items()} == {
        "Training": [3],
        "PrivateTest": [3],
    }


def table_of(parts: dict[str, int], heading: str = "emotion,pixels,Usage") -> str:
    """A table like fer2013.csv with a number of faces of each part; the classes take turns."""
    rows, order = [], [name.strip() for name in heading.split(",")]
    for usage, count in parts.items():
        for number in range(count):
            pixels = " ".join(map(str, face(number % 7, number).ravel()))
            values = {"emotion": str(number % 7), "pixels": pixels, "Usage": usage}
            rows.append(",".join(values[name] for name in order))
    return "\n".join([heading, *rows, ""])


@pytest.mark.parametrize("packed", ["a zip", "a folder"])
@pytest.mark.parametrize("heading", ["emotion,pixels,Usage", "emotion, Usage, pixels"])
def test_a_table_in_a_zip_or_a_folder(tmp_path, fer2013, packed, heading):
    """Kaggle's zip of the challenge, with other tables beside the faces."""
    text = table_of({"Training": 14, "PublicTest": 7, "PrivateTest": 7}, heading)
    files = {
        "challenges/example_submission.csv": "id,emotion\n1,2\n",
        "challenges/fer2013/fer2013.csv": text,
        "challenges/train.csv": "emotion,pixels\n0,1 2 3\n",
        "challenges/README": "read me",
    }
    (tmp_path / "ferplus_votes.csv").unlink()
    if packed == "a zip":
        path = tmp_path / "fer2013.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        path = tmp_path / "kaggle"
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(content)
    alone = tmp_path / "alone.csv"
    alone.write_text(text)
    parts, expected = data.read(path), data.read(alone)
    assert {usage: len(part) for usage, part in parts.items()} == {
        "Training": 14,
        "PublicTest": 7,
        "PrivateTest": 7,
    }
    for usage, part in parts.items():
        np.testing.assert_array_equal(part.images, expected[usage].images)
        np.testing.assert_array_equal(part.labels, expected[usage].labels)


def test_a_table_in_a_zip_has_the_votes_beside_it(tmp_path, fer2013):
    path = tmp_path / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(fer2013, "fer2013/fer2013.csv")
    whole = data.read(fer2013)
    for usage, part in data.read(path).items():
        np.testing.assert_array_equal(part.votes, whole[usage].votes)


def test_a_wrong_row_of_a_table_in_a_zip_is_named(tmp_path):
    path = tmp_path / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/fer2013.csv", table_of({"Training": 2}) + "7,1 2,Training\n")
    with pytest.raises(DataError, match=r"fer2013\.zip: a/fer2013\.csv, line 4: unknown emotion"):
        data.read(path)


def test_a_zip_without_faces_says_what_it_holds(tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/table.csv", "a,b\n1,2\n")
        archive.writestr("a/one.pdf", "x")
        archive.writestr("a/two.pdf", "x")
    with pytest.raises(DataError, match=r"found 2 × \.pdf, 1 × \.csv"):
        data.read(path)


def test_affectnet_in_folders_of_numbers(tmp_path, capsys):
    faces = {
        split: [(str(number), face(number % 7, number)) for number in range(8)]
        for split in ("train", "val")
    }
    parts = data.read(write_folder(tmp_path, faces))
    for part in parts.values():
        assert {name for name, count in part.counts().items() if count} == set(AFFECTNET)
        # 0 is neutral, 6 is angry and 7 is contempt, unlike in FER2013.
        first = [part.classes[label] for label in part.labels[[0, 6, 7]]]
        assert first == ["neutral", "angry", "contempt"]
    assert "0 neutral, 1 happy, 2 sad" in capsys.readouterr().err


@pytest.mark.parametrize("numbers", [range(7), range(1, 8)], ids=["FER2013's", "RAF-DB's"])
def test_other_numbers_are_refused(tmp_path, numbers):
    faces = [(str(number), face(0, number)) for number in numbers]
    with pytest.raises(DataError, match="Name the folders by emotion") as error:
        data.read(write_folder(tmp_path, {"train": faces}))
    assert f"train/{numbers[0]} (1)" in str(error.value)


CK = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


@pytest.mark.parametrize("above", ["", "CK+48/"])
def test_the_seven_classes_of_ck_without_parts(tmp_path, capsys, above):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(CK):
            encoded = cv2.imencode(".png", face(number, number))[1].tobytes()
            archive.writestr(f"{above}{name}/S010_00{number}_00000017.png", encoded)
    (part,) = data.read(path).values()
    assert {name for name, count in part.counts().items() if count} == {
        "angry",
        "contempt",
        "disgust",
        "fear",
        "happy",
        "sad",
        "surprise",
    }
    assert "no folders train, validation or test; all 7 faces" in capsys.readouterr().err


def test_folders_that_say_no_part_are_named(tmp_path):
    faces = [("happy", face(3, 0)), ("sad", face(4, 1))]
    root = write_folder(tmp_path, {"train": faces, "monday": faces, "extra": faces[:1]})
    with pytest.raises(DataError, match="cannot tell which folder is for what") as error:
        data.read(root)
    assert "monday/happy (1), monday/sad (1), train/happy (1)" in str(error.value)


def test_faces_are_described_by_part_and_class(tmp_path):
    faces = {"train": [("joy", face(3, 0))] * 2, "test": [("sad", face(4, 0))]}
    root = write_folder(tmp_path, faces)
    said = data.described(data.read(root))
    assert said == "Training: 2 faces (happy 2); PrivateTest: 1 face (sad 1)"
