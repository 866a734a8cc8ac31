from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

import fer
from fer import EMOTIONS, FaceReading, MoodCore
from fer.faces.core import MIN_READ_SIDE, FaceState, eye_angle, nose_shift
from fer.faces.detect.base import Detection
from tests.fakes import FixedDetector


@pytest.fixture(scope="module")
def core(bundled, classifier):
    return MoodCore(bundled, classifier)


def test_public_surface():
    assert set(fer.__all__) == {
        "EMOTIONS",
        "FaceReading",
        "MoodCore",
        "MoodWindow",
        "Shares",
        "analyze_lecture",
        "analyze_speech",
        "class_shares",
    }
    assert all(getattr(fer, name) for name in fer.__all__)


def test_reading_of_a_portrait(core, astronaut):
    (face,) = core.read(astronaut)
    assert all(isinstance(value, int) for value in face.box)
    assert face.probabilities.shape == (7,)
    assert face.probabilities.dtype == np.float32
    assert face.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert face.emotion == "happy"
    assert face.confidence == face.probabilities.max()
    assert face.state == FaceState.READ
    assert core.detector_name == "bundled"


@pytest.mark.parametrize("channels", ["grey", "grey with axis", "bgra", "not contiguous"])
def test_other_pixel_formats_work(core, astronaut, channels):
    grey = cv2.cvtColor(astronaut, cv2.COLOR_BGR2GRAY)
    frame = {
        "grey": grey,
        "grey with axis": grey[:, :, None],
        "bgra": cv2.cvtColor(astronaut, cv2.COLOR_BGR2BGRA),
        "not contiguous": astronaut[:, ::-1],
    }[channels]
    (face,) = core.read(frame)
    assert face.emotion == "happy"


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (np.zeros((10, 10, 3), np.float32), "float32"),
        (np.zeros((0, 10, 3), np.uint8), "empty"),
        (np.zeros((10, 10, 2), np.uint8), r"\(10, 10, 2\)"),
        (np.zeros((2, 10, 10, 3), np.uint8), r"\(2, 10, 10, 3\)"),
        (np.zeros(10, np.uint8), r"\(10,\)"),
        ([[1, 2], [3, 4]], "list"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_frame_is_named(core, frame, named):
    with pytest.raises(ValueError, match=named):
        core.read(frame)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (31, 31), (33, 33)], ids=str)
def test_tiny_frames_have_no_faces(core, shape):
    assert core.read(np.zeros((*shape, 3), np.uint8)) == []


def test_an_8k_frame(core, astronaut):
    frame = np.zeros((4320, 7680, 3), np.uint8)
    frame[1000:4072, 2000:5072] = cv2.resize(astronaut, (3072, 3072))
    (face,) = core.read(frame)
    assert abs(face.box[0] + face.box[2] / 2 - (2000 + 225 * 6)) < 90
    assert face.emotion == "happy"


@pytest.mark.parametrize("seed", range(4))
def test_noise_does_no_harm(core, seed):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 700)), int(rng.integers(1, 700)), 3)
    for face in core.read(rng.integers(0, 256, shape, np.uint8)):
        assert np.isfinite(face.probabilities).all()


def test_faces_at_the_edge_are_cut_whole(classifier, astronaut):
    boxes = [(0, 0, 60, 60), (490, 500, 22, 12), (0, 0, 512, 512), (511, 511, 1, 1)]
    core = MoodCore(FixedDetector(*boxes), classifier)
    for face in core.read(astronaut):
        assert face.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_several_frames_read_like_one_by_one(core, astronaut):
    frames = [astronaut, np.zeros((100, 100, 3), np.uint8), astronaut[:, ::-1]]
    together = core.read_many(frames)
    assert [len(faces) for faces in together] == [1, 0, 1]
    for frame, faces in zip(frames, together, strict=True):
        for face, alone in zip(faces, core.read(frame), strict=True):
            assert np.allclose(face.probabilities, alone.probabilities, atol=1e-5)


def test_threads_share_one_core(core, astronaut):
    expected = core.read(astronaut)[0].probabilities
    frames = [astronaut, cv2.resize(astronaut, (300, 300))] * 12
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(core.read, frames))
    for faces in results[::2]:
        assert np.allclose(faces[0].probabilities, expected, atol=1e-5)
    assert all(len(faces) == 1 for faces in results)


def test_a_tilted_head_is_levelled(yunet, classifier, astronaut, monkeypatch):
    # YuNet's landmarks follow a tilt only in faces of about 100 px and more.
    monkeypatch.setattr(yunet, "size", 1024)
    core = MoodCore(yunet, classifier)
    large = cv2.resize(astronaut, (1024, 1024))
    (face,) = yunet.detect(large)
    centre = (face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2)
    turn = cv2.getRotationMatrix2D(centre, -20, 1)
    tilted = cv2.warpAffine(large, turn, (1024, 1024), borderMode=cv2.BORDER_REPLICATE)
    (other,) = yunet.detect(tilted)
    assert 10 < eye_angle(other) - eye_angle(face) < 30

    def small(frame, face):
        crop = cv2.cvtColor(core.crop(frame, face), cv2.COLOR_BGR2GRAY)
        return cv2.resize(crop, (24, 24), interpolation=cv2.INTER_AREA).ravel()

    upright = small(large, face)
    levelled = np.corrcoef(upright, small(tilted, other))[0, 1]
    as_seen = np.corrcoef(upright, small(tilted, Detection(other.box, other.score)))[0, 1]
    assert levelled > max(0.8, as_seen + 0.2)


def test_crop_frames_the_face_as_fer2013_does(bundled, classifier, astronaut):
    core = MoodCore(bundled, classifier)
    (face,) = bundled.detect(astronaut)
    crop = core.crop(astronaut, face)
    assert crop.shape[0] == crop.shape[1] <= 96
    # FER2013's median eye distance is 0.37 of the image side; this head is turned a little.
    eyes = np.hypot(*(face.landmarks[1] - face.landmarks[0]))
    side = core.detector.crop_side * np.sqrt(face.box[2] * face.box[3])
    assert 0.27 < eyes / side < 0.45


@pytest.mark.parametrize(
    ("side", "state"),
    [(MIN_READ_SIDE - 1, FaceState.UNREAD), (MIN_READ_SIDE, FaceState.READ)],
    ids=["tiny", "large"],
)
def test_tiny_faces_are_seen_but_not_read(classifier, astronaut, side, state):
    core = MoodCore(FixedDetector((200, 80, side, side)), classifier)
    (face,) = core.read(astronaut)
    assert (face.state == FaceState.UNREAD) == (state == FaceState.UNREAD)


def landmarks(nose_x):
    return np.array([[30, 40], [70, 40], [nose_x, 60], [35, 80], [65, 80]], np.float32)


def test_turned_faces_are_known_by_their_nose():
    assert nose_shift(Detection((0, 0, 99, 99), 1, landmarks(50))) == 0
    assert nose_shift(Detection((0, 0, 99, 99), 1, landmarks(80))) == pytest.approx(0.75)
    profile = landmarks(80)
    profile[0] = profile[1]
    assert np.isfinite(nose_shift(Detection((0, 0, 99, 99), 1, profile)))


@pytest.mark.parametrize(("sigma", "state"), [(0, FaceState.READ), (8, FaceState.UNREAD)])
def test_blurred_faces_are_seen_but_not_read(bundled, classifier, astronaut, sigma, state):
    (face,) = bundled.detect(astronaut)
    core = MoodCore(FixedDetector(face.box), classifier)
    frame = cv2.GaussianBlur(astronaut, (0, 0), sigma) if sigma else astronaut
    assert core.read(frame)[0].state == state


def test_low_confidence_counts_as_unsure(bundled, classifier, astronaut, monkeypatch):
    monkeypatch.setattr(classifier, "abstain_below", 1.01)
    (face,) = MoodCore(bundled, classifier).read(astronaut)
    assert face.state == FaceState.UNSURE


def test_emotion_is_the_largest_probability():
    probabilities = np.array([0.1, 0, 0.2, 0.3, 0.1, 0.3, 0], np.float32)
    face = FaceReading((0, 0, 1, 1), probabilities)
    assert face.emotion == EMOTIONS[3]
    assert face.confidence == pytest.approx(0.3)


def test_a_laughing_student_is_happy(core, media):
    video = cv2.VideoCapture(str(media / "student_laughing_854x480.mp4"))
    emotions = []
    for second in range(1, 10):  # later he speaks
        video.set(cv2.CAP_PROP_POS_MSEC, 1000 * second)
        _, frame = video.read()
        emotions += [face.emotion for face in core.read(frame)]
    assert len(emotions) >= 9
    assert emotions.count("happy") > len(emotions) / 2
