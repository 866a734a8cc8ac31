"""Tests of the parts of a picture whose faces do not count."""

import time
from dataclasses import astuple

import av
import cv2
import numpy as np
import pytest

from fer.faces.core import FaceReading, MoodCore
from fer.live.engine import MoodEngine
from fer.live.ignored import MAX_AREAS, STILL_S, Area, Ignored, around
from fer.live.overlay import draw
from fer.live.room_feed import RoomFeed
from fer.live.session import LiveSession
from fer.mood.alerts import AlertLimits
from fer.mood.track import FaceTracker
from fer.settings import ROOT
from tests.fakes import StubCore, frame, wait_for

HAPPY = np.eye(7, dtype=np.float32)[3]
LEFT = Area(0.0, 0.0, 0.5, 1.0)


def face(x: float, y: float = 100, track: int | None = 1, landmarks=None) -> FaceReading:
    return FaceReading((round(x), round(y), 60, 60), HAPPY, landmarks=landmarks, track=track)


@pytest.fixture
def ignored():
    ignored = Ignored()
    ignored.look(np.zeros((400, 800, 3), np.uint8))
    return ignored


@pytest.mark.parametrize(
    ("sent", "area"),
    [
        ([0.1, 0.2, 0.3, 0.4], (0.1, 0.2, 0.3, 0.4)),
        ([-1, -1, 3, 3], (0, 0, 1, 1)),
        ([0.9, 0.9, 9e9, 1], (0.9, 0.9, 0.1, 0.1)),
        ([0.1, 0.1, 0.001, 0.5], None),
        ([0.5, 0.5, -0.1, -0.1], None),
        ([float("nan"), 0, 1, 1], None),
        ([float("inf"), 0, 1, 1], None),
        ([10**400, 0, 1, 1], None),
        ([0, 0, 1], None),
        (["0", "0", "1", "1"], None),
        ("0123", None),
        ({"left": 0}, None),
        (None, None),
    ],
)
def test_whatever_a_browser_sends_is_an_area_or_none(sent, area):
    found = Area.of(sent)
    if area is None:
        assert found is None
    else:
        assert found is not None
        assert (found.left, found.top, found.width, found.height) == pytest.approx(area)


@pytest.mark.parametrize("side", [0.0049, 0.00496, 0.005, 0.00501, 0.0052, 0.3])
def test_an_area_that_comes_back_from_a_browser_is_the_same(side):
    for left in np.arange(0, 0.7, 0.00123):
        area = Area.of([left, 1 - left - side, 0.2, side])
        assert area is None or Area.of(astuple(area)) == area


def test_faces_whose_middle_lies_in_an_area_do_not_count(ignored):
    faces = [face(100), face(369, track=2), face(371, track=3), face(700, track=4)]
    assert ignored.counted(0.0, faces) == faces
    ignored.set([LEFT])
    assert [one.track for one in ignored.counted(1.0, faces)] == [3, 4]
    # The parts stay where they are if the picture gets another size, as in a video call.
    ignored.look(np.zeros((200, 400, 3), np.uint8))
    assert [one.track for one in ignored.counted(2.0, [face(100), face(171, track=3)])] == [3]
    ignored.clear()
    assert ignored.counted(3.0, faces) == faces


def test_there_is_a_most_number_of_areas(ignored):
    ignored.set(Area(number / 100, 0.0, 0.5, 0.5) for number in range(MAX_AREAS + 10))
    assert len(ignored.areas) == MAX_AREAS


def test_a_face_that_never_moves_is_offered_and_one_that_moves_is_not(ignored):
    for t in np.arange(0, STILL_S + 5, 0.5):
        moving = face(400 + 20 * np.sin(t), track=2)
        ignored.counted(t, [face(100), moving])
        if t < STILL_S:
            assert ignored.still() == []
    assert ignored.still() == [around((100, 100, 60, 60), 800, 400)]
    ignored.set(ignored.still())
    # The offer has been taken, also before the next picture is read.
    assert ignored.still() == []
    (left,) = ignored.counted(t, [face(100), moving])
    assert left.track == 2


def test_a_face_that_begins_to_move_or_goes_is_not_offered_any_more(ignored):
    def seen(until):
        ignored.pause()
        for t in np.arange(0, until, 0.5):
            ignored.counted(t, [face(100)])
        return until

    t = seen(STILL_S + 1)
    assert ignored.still()
    ignored.counted(t, [face(110)])
    assert ignored.still() == []
    t = seen(STILL_S + 1)
    ignored.counted(t + 10, [])
    assert ignored.still() == []
    seen(STILL_S + 1)
    ignored.pause()
    assert ignored.still() == []


def read(core: MoodCore, pictures):
    """Read pictures with their times; returns how many faces are offered after all of them."""
    tracker, ignored = FaceTracker(), Ignored()
    for t, picture in pictures:
        ignored.look(picture)
        found = [
            FaceReading(one.box, HAPPY, one.score, one.landmarks)
            for one in core.detector.detect(picture)
        ]
        ignored.counted(t, tracker.update(t, found))
    return len(ignored.still())


@pytest.fixture(scope="module")
def core():
    return MoodCore.load()


def test_a_photograph_that_is_sent_anew_each_time_is_offered(core):
    portrait = cv2.imread(str(ROOT / "fer" / "demo" / "portrait.jpg"))
    slide = np.full((480, 800, 3), 235, np.uint8)
    for number, side in enumerate((288, 180, 140)):
        small = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
        slide[60 : 60 + side, 20 + 260 * number : 20 + 260 * number + side] = small
    rng = np.random.default_rng(0)

    def sent():
        for t in np.arange(0, STILL_S + 2, 0.5):
            noisy = np.clip(slide + rng.normal(0, 4, slide.shape), 0, 255).astype(np.uint8)
            options = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
            yield t, cv2.imdecode(cv2.imencode(".jpg", noisy, options)[1], cv2.IMREAD_COLOR)

    assert read(core, sent()) == 3


@pytest.mark.parametrize("name", ["student_surprised_640x360.mp4", "student_laughing_854x480.mp4"])
def test_living_people_are_not_offered(core, media, name):
    """Even where the film is slowed down, so that they sit four times as quietly."""

    def film():
        with av.open(str(media / name)) as container:
            for number, picture in enumerate(container.decode(video=0)):
                if number % 5 == 0:
                    yield 4 * float(picture.time), picture.to_ndarray(format="bgr24")

    assert read(core, film()) == 0


class Two(StubCore):
    """Sees a face on the left and another one on the right."""

    def _read(self, frame):
        return [face(100, track=None), face(600, track=None)]


def test_a_session_counts_no_faces_in_ignored_areas():
    session = LiveSession(MoodEngine(Two()))
    picture = np.zeros((400, 800, 3), np.uint8)
    try:
        session.ignored.set([LEFT])
        session.put(picture)
        wait_for(lambda: session.vitals().faces is not None)
        assert session.vitals().faces == 1
        assert [one.box[0] for one in session.in_view()] == [600]
        # Neither clearing nor a pause takes them back: the camera stands where it stood.
        session.clear()
        session.tune(smoothing_s=1.0, limits=AlertLimits())
        session.close()
        assert session.ignored.areas == (LEFT,)
        # Nor does a reload of the page.
        later = LiveSession(MoodEngine(Two()))
        later.continue_from(session)
        assert later.ignored.areas == (LEFT,)
    finally:
        session.close()


def test_a_class_counts_no_faces_in_ignored_areas():
    seconds = []
    feed = RoomFeed(MoodEngine(Two()), seconds.append, lambda: None)
    try:
        feed.ignored.set([LEFT])
        feed.put(np.zeros((400, 800, 3), np.uint8), time.monotonic())
        wait_for(lambda: seconds)
        assert seconds[0].faces == 1
        assert len(feed.in_view()) == 1
    finally:
        feed.close()


def test_ignored_areas_are_dark_in_the_picture():
    picture = frame(240).repeat(50, axis=0).repeat(50, axis=1)
    draw(picture, [], [LEFT])
    assert (picture[:, :50] == 80).all()
    assert (picture[:, 50:] == 240).all()
