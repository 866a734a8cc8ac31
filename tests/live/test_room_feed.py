import time

import numpy as np
import pytest

from fer.faces.core import FaceReading
from fer.live.engine import MoodEngine
from fer.live.room_feed import RoomFeed
from tests.fakes import StubCore, frame, wait_for


class Three(StubCore):
    """Sees three faces in every frame."""

    def _read(self, frame):
        boxes = [(60 * number, 0, 40, 40) for number in range(3)]
        return [FaceReading(box, np.eye(7, dtype=np.float32)[3]) for box in boxes]


@pytest.fixture
def core():
    return Three()


@pytest.fixture
def heard(core):
    """A feed, what the class has heard of it, and its ends."""
    seconds, ends = [], []
    feed = RoomFeed(MoodEngine(core), seconds.append, lambda: ends.append(True))
    yield feed, seconds, ends
    feed.close()


def test_all_faces_of_one_frame_a_second_count(core, heard):
    feed, seconds, _ = heard
    for number, captured in enumerate([10.0, 10.25, 10.5, 11.0, 11.5]):
        feed.put(frame(number), captured)
        wait_for(lambda: len(core.batches) > number)  # noqa: B023
    wait_for(lambda: len(seconds) == 2)
    assert [(bucket.frames, bucket.faces) for bucket in seconds] == [(1, 3), (1, 3)]


def test_the_end_of_a_source_is_told_once_and_the_feed_goes_on_with_another(heard):
    feed, seconds, ends = heard
    feed.close()
    assert ends == []
    now = time.monotonic()
    feed.put(frame(1), now)
    wait_for(lambda: len(feed.in_view()) == 3)
    feed.close()
    feed.close()
    assert ends == [True]
    assert feed.in_view() == []
    feed.put(frame(2), now + 1)
    wait_for(lambda: len(seconds) == 2)
