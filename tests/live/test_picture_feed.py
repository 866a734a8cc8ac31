import cv2
import numpy as np
import pytest

from benchmarks.parts import stage
from fer.faces.core import FaceReading, MoodCore
from fer.live.engine import MoodEngine
from fer.live.picture_feed import LONGEST, PictureFeed, small_picture
from fer.media.image import PictureError
from tests.bombs import jpeg_bomb
from tests.fakes import StubCore, wait_for


def jpeg(picture, *options):
    done, data = cv2.imencode(".jpg", picture, list(options))
    assert done
    return data.tobytes()


@pytest.fixture(scope="module")
def face():
    """A portrait as a camera of 320 × 240 px shows it."""
    return jpeg(cv2.resize(stage.fit(stage.portrait()), (320, 240), interpolation=cv2.INTER_AREA))


class Heard:
    def __init__(self, core):
        self.faces, self.seconds = [], []
        self.engine = MoodEngine(core)
        self.feed = PictureFeed(self.engine, self.faces.append, self.seconds.append)


@pytest.fixture
def heard():
    heard = Heard(StubCore())
    yield heard
    heard.feed.close()


def test_a_portrait_is_read_and_counts_as_one_face_of_one_frame(face):
    heard = Heard(MoodCore.load())
    heard.feed.put(small_picture(face), 10.0)
    wait_for(lambda: heard.faces, 20)
    heard.feed.close()
    assert heard.faces[0].emotion == "happy"
    assert [(bucket.frames, bucket.faces) for bucket in heard.seconds] == [(1, 1)]


def test_faster_pictures_do_not_count_more(heard):
    picture = np.full((24, 32, 3), 80, np.uint8)
    for number in range(6):
        heard.feed.put(picture, 100 + number * 0.5)
        wait_for(lambda: len(heard.faces) == number + 1)  # noqa: B023
    assert len(heard.seconds) == 3


def test_pictures_once_a_second_may_come_a_little_early():
    heard = Heard(StubCore())
    picture = np.full((24, 32, 3), 80, np.uint8)
    for number, captured in enumerate([0.99, 1.9, 3.05, 3.97]):
        heard.feed.put(picture, captured)
        wait_for(lambda: len(heard.faces) == number + 1)  # noqa: B023
    heard.feed.close()
    assert len(heard.seconds) == 4


def test_only_the_nearest_of_several_faces_counts():
    class Two(StubCore):
        def _read(self, frame):
            small, large = (0, 0, 20, 20), (30, 30, 60, 60)
            return [FaceReading(box, np.eye(7, dtype=np.float32)[3]) for box in (small, large)]

    heard = Heard(Two())
    heard.feed.put(np.full((24, 32, 3), 80, np.uint8), 1.0)
    wait_for(lambda: heard.faces)
    heard.feed.close()
    assert heard.faces[0].box == (30, 30, 60, 60)
    assert heard.seconds[0].faces == 1


def test_a_closed_feed_hears_nothing_of_the_picture_that_was_being_read():
    core = StubCore()
    heard = Heard(core)
    core.gate.clear()
    stream_ended = heard.engine.open()  # keeps the engine's thread alive until the test ends it
    heard.feed.put(np.full((24, 32, 3), 80, np.uint8), 1.0)
    wait_for(lambda: core.waiting)
    heard.feed.close()
    core.gate.set()
    wait_for(lambda: core.batches)
    stream_ended.close()
    assert heard.faces == heard.seconds == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"GIF89a" + b"x" * 100,
        jpeg(np.zeros((LONGEST, LONGEST + 1, 3), np.uint8)),
        jpeg(np.zeros((240, 320, 3), np.uint8), cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        jpeg_bomb(),
    ],
    ids=["nothing", "damaged", "a GIF", "too large", "progressive", "a bomb"],
)
def test_what_is_no_small_picture_is_refused_before_it_is_decoded(data):
    with pytest.raises(PictureError):
        small_picture(data)
