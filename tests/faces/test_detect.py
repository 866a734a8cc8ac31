import logging
import pickle
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

import fer.faces.detect.yunet
import fer.network
from benchmarks.parts.closeups import public_portrait, sees_only, view
from benchmarks.parts.footage import gallery, portraits
from fer import settings as settings_module
from fer.errors import ModelError, SettingsError
from fer.faces.core import MoodCore
from fer.faces.detect.base import FaceDetector, RawFaces, searched_side, shrink
from fer.faces.detect.bundled import MODEL, Bundled, blocks
from fer.faces.detect.haar import Haar
from fer.faces.detect.load import LOADERS, load_detector
from fer.faces.detect.yunet import YUNET_FILE, YuNet, find_yunet
from fer.settings import DETECTORS, Settings


def settings(tmp_path, **values):
    return Settings(shared=tmp_path / "none", **values)


def boxes_in(detector, frame):
    return [face.box for face in detector.detect(frame)]


def close(box, other, pixels):
    return np.abs(np.subtract(box, other)).max() <= pixels


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("make", [Haar, "bundled", "yunet"])
def test_one_face_in_a_portrait(make, astronaut, request):
    detector = request.getfixturevalue(make) if isinstance(make, str) else make()
    (box,) = boxes_in(detector, astronaut)
    centre = box[0] + box[2] / 2, box[1] + box[3] / 2
    assert abs(centre[0] - 225) < 15
    assert abs(centre[1] - 115) < 20


@pytest.mark.parametrize("make", [Haar, "bundled", "yunet"])
def test_boxes_of_a_large_frame_are_mapped_back(make, astronaut, request):
    detector = request.getfixturevalue(make) if isinstance(make, str) else make()
    (box,) = boxes_in(detector, astronaut)
    (large,) = boxes_in(detector, cv2.resize(astronaut, None, fx=6, fy=6))
    assert close(np.divide(large, 6), box, 12)


@pytest.mark.parametrize("make", ["bundled", "yunet"])
@pytest.mark.parametrize("size", [(640, 480), (1280, 720)], ids=str)
@pytest.mark.parametrize("share", [0.15, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5])
def test_a_close_up_is_one_face(make, size, share, request):
    """A student at a laptop fills a third to a half of the picture."""
    face = public_portrait()
    for x in (0.4, 0.5, 0.6):
        picture = view(face, share, (x, 0.5), size)
        assert sees_only(request.getfixturevalue(make), picture), x


def test_landmarks_of_a_close_up_lie_in_its_places(bundled, yunet):
    picture = view(public_portrait(), 0.45, (0.5, 0.5)).picture
    (ours,), (theirs,) = bundled.detect(picture), yunet.detect(picture)
    assert np.abs(ours.landmarks - theirs.landmarks).max() < 0.1 * theirs.box[2]


def test_a_small_face_beside_a_close_up_is_seen_too(bundled):
    picture = view(public_portrait(), 0.35, (0.3, 0.5)).picture
    small = view(public_portrait(), 0.35, (0.5, 0.5), (160, 160)).picture
    picture[20:180, 470:630] = small
    large, other = sorted(boxes_in(bundled, picture), key=lambda box: -box[2])
    assert large[2] > 180
    assert close(other, (470 + 52, 20 + 45, 56, 71), 20)


@pytest.mark.parametrize("make", ["bundled", "yunet"])
def test_landmarks_lie_in_the_face(make, astronaut, request):
    (face,) = request.getfixturevalue(make).detect(astronaut)
    x, y, w, h = face.box
    right, left, nose, *mouth = face.landmarks
    assert ((face.landmarks > (x, y)) & (face.landmarks < (x + w, y + h))).all()
    assert right[0] < nose[0] < left[0]
    assert right[1] < nose[1] < min(corner[1] for corner in mouth)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (720, 1280)], ids=str)
@pytest.mark.parametrize("make", [Haar, "bundled", "yunet"])
def test_nothing_in_an_empty_frame(make, size, request):
    detector = request.getfixturevalue(make) if isinstance(make, str) else make()
    assert detector.detect(np.full((*size, 3), 90, np.uint8)) == []


@pytest.mark.parametrize("make", ["bundled", "yunet"])
def test_boxes_stay_inside_the_frame(make, astronaut, request):
    half = np.ascontiguousarray(astronaut[:, 225:])
    for x, y, w, h in boxes_in(request.getfixturevalue(make), half):
        assert x >= 0
        assert y >= 0
        assert x + w <= half.shape[1]
        assert y + h <= half.shape[0]


@pytest.mark.parametrize("make", ["bundled", "yunet"])
def test_six_faces_of_the_group(make, media, request):
    group = cv2.imread(str(media / "group_of_6.jpg"))
    assert len(boxes_in(request.getfixturevalue(make), group)) == 6


def test_a_crowd(bundled, media):
    bundled = Bundled(MODEL, size=2048)
    assert len(boxes_in(bundled, cv2.imread(str(media / "crowd.jpg")))) >= 250


def test_a_gallery_of_25(bundled, media):
    assert len(boxes_in(bundled, gallery(portraits(25)))) == 25


# Two pictures are missing here, a deep field of galaxies and a motorcycle: like YuNet, the detector
# sees faces in them. Its card says so.
NO_FACES = (
    *("brick", "cell", "chelsea", "chessboard_GRAY", "chessboard_RGB", "clock_motion", "coffee"),
    *("color", "grass", "gravel", "horse", "ihc", "logo", "microaneurysms", "moon", "page"),
    *("phantom", "retina", "rocket", "text"),
)


@pytest.mark.parametrize("name", NO_FACES)
def test_nothing_in_pictures_without_faces(name, bundled):
    (path,) = Path(skimage.data.__file__).parent.glob(f"{name}.*g")
    assert boxes_in(bundled, cv2.imread(str(path))) == []


def test_nothing_in_a_suit_without_its_head(bundled, astronaut):
    assert boxes_in(bundled, astronaut[230:]) == []


def test_haar_sees_most_of_the_group_and_little_else(yunet, media):
    group = cv2.imread(str(media / "group_of_6.jpg"))
    faces = boxes_in(yunet, group)
    boxes = boxes_in(Haar(), group)
    right = [
        any(fx < x + w / 2 < fx + fw and fy < y + h / 2 < fy + fh for fx, fy, fw, fh in faces)
        for x, y, w, h in boxes
    ]
    assert right.count(True) >= 4
    assert right.count(False) <= 1


def test_faces_of_20_pixels_are_found_in_a_720p_frame(yunet, media):
    group = cv2.imread(str(media / "group_of_6.jpg"))
    width = np.median([box[2] for box in boxes_in(yunet, group)])
    small = cv2.resize(group, None, fx=20 / width, fy=20 / width, interpolation=cv2.INTER_AREA)
    frame = np.full((720, 1280, 3), 90, np.uint8)
    for row in range(2):
        for column in range(4):
            y, x = 100 + 300 * row, 20 + 300 * column
            frame[y : y + small.shape[0], x : x + small.shape[1]] = small
    boxes = boxes_in(yunet, frame)
    assert len(boxes) >= 0.75 * 48
    assert min(box[2] for box in boxes) <= 20


def test_yunet_can_be_sent_to_another_process(yunet, astronaut):
    copy = pickle.loads(pickle.dumps(yunet))
    ours, theirs = yunet.detect(astronaut), copy.detect(astronaut)
    assert [face.box for face in ours] == [face.box for face in theirs]
    assert (copy.size, copy.score) == (yunet.size, yunet.score)


def test_the_default_asks_nobody(tmp_path, no_cache, monkeypatch):
    monkeypatch.setattr("pooch.retrieve", lambda *args, **kwargs: pytest.fail("a download"))
    assert load_detector(settings(tmp_path)).name == "bundled"


def test_the_settings_choose(tmp_path, yunet):
    shared = Settings.from_environment().shared
    for name in ("bundled", "haar", "yunet"):
        assert load_detector(Settings(detector=name, shared=shared)).name == name


class Guess(FaceDetector):
    """A detector as somebody might add it by the recipe in `fer.faces.detect`."""

    name = "guess"
    about = "It takes the whole picture for a face."
    crop_side = 1.0

    def search(self, frame):
        height, width = frame.shape[:2]
        return RawFaces(np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32))


def test_a_detector_is_added_by_the_recipe(monkeypatch, astronaut):
    monkeypatch.setattr(settings_module, "DETECTORS", (*DETECTORS, "guess"))
    monkeypatch.setitem(LOADERS, "guess", lambda settings: Guess(settings.detect_size))
    core = MoodCore.load(settings=Settings.from_environment({"FER_DETECTOR": "guess"}))
    (face,) = core.read(astronaut)
    assert (core.detector_name, face.box) == ("guess", (0, 0, 512, 512))


def test_a_name_without_a_detector_does_not_give_another_one(monkeypatch):
    monkeypatch.setattr(settings_module, "DETECTORS", (*DETECTORS, "guess"))
    with pytest.raises(SettingsError, match="guess"):
        load_detector(Settings(detector="guess"))


def test_every_detector_of_the_settings_can_be_loaded_and_is_documented():
    assert set(LOADERS) == set(DETECTORS)
    documented = Settings.documentation().partition("FER_DETECTOR")[2].partition("\n")[0]
    assert all(f"`{name}`" in documented for name in DETECTORS)


def test_landmarks_are_the_mean_of_all_answers_to_one_face(monkeypatch):
    detector = Bundled(MODEL)
    answers = np.zeros((8 * 8 + 4 * 4 + 2 * 2, 15), np.float32)
    # Places are 8 px apart. There are two answers to one face of 16 x 16 px, and one to another
    # face far away.
    for place, score, points in ((9, 0.9, 1.0), (10, 0.6, 0.5), (54, 0.8, -2.0)):
        answers[place] = [score, 0, 0, np.log(2), np.log(2), *[points] * 10]
    answers[10, 1] = -0.875  # its box is 1 px to the right of the first
    monkeypatch.setattr(detector, "places", lambda frame: answers)
    one, other = detector.detect(np.zeros((64, 64, 3), np.uint8))
    x = (0.9 * (8 + 8) + 0.6 * (16 + 4)) / 1.5
    y = (0.9 * (8 + 8) + 0.6 * (8 + 4)) / 1.5
    np.testing.assert_allclose(one.landmarks, [[x, y]] * 5, rtol=1e-5)
    np.testing.assert_allclose(other.landmarks, [[48 - 16, 48 - 16]] * 5, rtol=1e-5)


def test_bundled_needs_its_card(tmp_path):
    path = tmp_path / "face.onnx"
    path.write_bytes(MODEL.read_bytes())
    with pytest.raises(ModelError, match=r"face\.onnx cannot be read as a face detector"):
        Bundled(path)


def test_another_network_is_no_detector(tmp_path):
    path = tmp_path / "face.onnx"
    path.write_bytes((MODEL.parent / "emotion.onnx").read_bytes())
    path.with_suffix(".json").write_text('{"score": 0.5}')
    with pytest.raises(ModelError, match=r"face\.onnx cannot be read as a face detector"):
        Bundled(path)


def test_asking_for_yunet_where_it_cannot_be_had_says_what_to_do(tmp_path, no_cache):
    with pytest.raises(SettingsError, match="FER_YUNET"):
        load_detector(settings(tmp_path, detector="yunet", download=False))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.onnx"):
        find_yunet(settings(tmp_path, yunet=tmp_path / "nowhere.onnx"))


def test_a_file_that_is_no_detector_is_named(tmp_path):
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"bad\.onnx"):
        YuNet(path)


def test_boxes_are_those_of_opencv(yunet, media):
    group = cv2.imread(str(media / "group_of_6.jpg"))
    scale = yunet.size / group.shape[1]
    small = shrink(group, yunet.size, round(group.shape[0] * scale))
    path = str(find_yunet(Settings.from_environment()))
    theirs = cv2.FaceDetectorYN.create(path, "", small.shape[1::-1], yunet.score)
    rows = theirs.detect(small)[1]
    ours = yunet.detect(small)
    assert len(ours) == len(rows)
    for face, row in zip(ours, sorted(rows, key=lambda row: -row[14]), strict=True):
        assert close(face.box, row[:4], 2)  # ours are rounded outwards
        assert np.allclose(face.landmarks, row[4:14].reshape(5, 2), atol=0.01)
        assert face.score == pytest.approx(row[14], abs=1e-4)


def test_a_network_that_never_answers_does_not_hold_up_the_start(tmp_path, no_cache, monkeypatch):
    monkeypatch.setattr(fer.faces.detect.yunet, "DOWNLOAD_SECONDS", 0.3)
    monkeypatch.setattr("pooch.retrieve", lambda *args, **kwargs: time.sleep(20))
    start = time.monotonic()
    with pytest.raises(ValueError, match="FER_YUNET"):
        load_detector(settings(tmp_path, detector="yunet"))
    assert time.monotonic() - start < 5


def test_a_network_that_refuses_is_logged(tmp_path, no_cache, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise OSError("connection refused")

    monkeypatch.setattr("pooch.retrieve", refuse)
    with caplog.at_level(logging.WARNING):
        assert find_yunet(settings(tmp_path)) is None
    assert "connection refused" in caplog.text


def test_a_cached_file_with_the_wrong_content_is_not_used(tmp_path, no_cache):
    folder = tmp_path / "cache" / "classroom-mood-monitor"
    folder.mkdir(parents=True)
    (folder / YUNET_FILE).write_bytes(b"tampered")
    assert find_yunet(settings(tmp_path, download=False)) is None


def test_threads_find_the_same_faces(media):
    group = cv2.imread(str(media / "group_of_6.jpg"))
    one, two = (Bundled(MODEL, threads=threads).detect(group) for threads in (1, 2))
    assert len(one) == len(two) == 6
    for face, same in zip(one, two, strict=True):
        assert (face.box, face.score) == (same.box, same.score)
        np.testing.assert_array_equal(face.landmarks, same.landmarks)


def test_the_settings_name_the_threads_of_the_search(tmp_path, monkeypatch):
    threads = []

    def open_network(model, number, **options):
        threads.append(number)
        return fer.network.open_network(model, number, **options)

    monkeypatch.setattr("fer.faces.detect.bundled.open_network", open_network)
    for number in (1, 2, 4):
        load_detector(settings(tmp_path, threads=number))
    assert threads == [1, 2, 2]


@pytest.mark.parametrize(
    ("length", "side"),
    [
        (450.0, 448),
        (448.0, 448),
        (447.99999, 448),
        (600.0, 600),
        (179.3, 179),
        (0.4, 1),
        (31.9, 32),
    ],
)
def test_a_side_that_is_searched_has_no_border_where_one_percent_avoids_it(length, side):
    assert searched_side(length) == side


def test_a_wide_frame_is_searched_without_a_border(bundled, monkeypatch):
    seen = []
    usual = Bundled.places
    monkeypatch.setattr(
        Bundled, "places", lambda self, frame: seen.append(frame.shape) or usual(self, frame)
    )
    bundled.detect(np.full((1080, 1920, 3), 90, np.uint8))
    assert seen == [(448, 800, 3)]


def test_blocks_hold_two_pixels_above_and_two_below():
    frame = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    whole = blocks(frame)
    assert whole.shape == (1, 3, 4, 12)
    for row in range(3):
        for column in range(4):
            square = frame[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            assert whole[0, row, column].tolist() == square.ravel().tolist()
    parts = np.dstack([frame] * 2)[:, :, :3]
    np.testing.assert_array_equal(blocks(parts), whole)


@pytest.mark.parametrize("make", ["bundled", "yunet"])
def test_with_one_thread_a_detector_finds_the_same(make, media, request):
    usual = request.getfixturevalue(make)
    kind, path = (
        type(usual),
        MODEL if make == "bundled" else find_yunet(Settings.from_environment()),
    )
    two = kind(path, size=640, threads=2)
    group = cv2.imread(str(media / "group_of_6.jpg"))
    one = two.with_one_thread()
    assert one is not two
    assert one.with_one_thread() is one
    assert [face.box for face in one.detect(group)] == [face.box for face in two.detect(group)]
