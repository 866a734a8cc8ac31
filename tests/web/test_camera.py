import av
import numpy as np

from fer.faces.core import FaceReading
from fer.web.sources.camera import Camera


class FakeSession:
    def __init__(self):
        self.frames = []
        self.closed = False

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


def test_the_end_of_the_video_closes_the_session():
    session = FakeSession()
    Camera(session).ended()
    assert session.closed
