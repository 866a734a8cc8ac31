import av
import numpy as np

from fer.faces.core import FaceReading
from fer.live.ignored import Area, Ignored
from fer.web.sources.camera import Camera


class FakeSession:
    def __init__(self):
        self.frames = []
        self.closed = False
        self.ignored = Ignored()

    def put(self, frame):
        self.frames.append(frame)

    def in_view(self):
        return [FaceReading((40, 40, 60, 60), np.eye(7, dtype=np.float32)[3])]

    def close(self):
        self.closed = True


def test_the_frame_goes_back_with_boxes_and_to_the_session_without():
    session = FakeSession()
    picture = np.full((120, 160, 3), 60, np.uint8)
    sent = Camera(session).recv(av.VideoFrame.from_ndarray(picture, format="bgr24"))
    assert (session.frames[0] == picture).all()
    assert (sent.to_ndarray(format="bgr24") != picture).any()


def test_ignored_parts_are_dark_in_the_frame_that_goes_back():
    session = FakeSession()
    session.ignored.set([Area(0.75, 0.75, 0.25, 0.25)])
    picture = np.full((120, 160, 3), 240, np.uint8)
    sent = Camera(session).recv(av.VideoFrame.from_ndarray(picture, format="bgr24"))
    assert (session.frames[0] == picture).all()
    assert sent.to_ndarray(format="bgr24")[95:115, 125:155].max() < 120


def test_the_end_of_the_video_closes_the_session():
    session = FakeSession()
    Camera(session).ended()
    assert session.closed
