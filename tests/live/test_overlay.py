import numpy as np
import pytest

from fer.emotions import COLOURS
from fer.faces.core import FaceReading, FaceState
from fer.live.overlay import MIN_LABEL_WIDTH, bgr, draw, label

HAPPY = np.eye(7, dtype=np.float32)[3]


def coloured(frame, name):
    return (frame == bgr(COLOURS[name])).all(axis=-1)


def test_a_face_gets_a_box_in_its_colour_and_a_label_above():
    frame = np.zeros((480, 640, 3), np.uint8)
    draw(frame, [FaceReading((200, 150, 100, 120), HAPPY)])
    marked = coloured(frame, "happy")
    assert marked[150:270, 200].all()
    assert marked[150:270, 299].all()
    assert marked[135:150, 201:290].any()
    assert not marked[:, :195].any()


def test_the_label_of_a_face_at_the_top_goes_inside():
    frame = np.zeros((480, 640, 3), np.uint8)
    draw(frame, [FaceReading((200, 0, 100, 120), HAPPY)])
    assert coloured(frame, "happy")[4:16, 210:280].any()


@pytest.mark.parametrize(
    ("state", "text"),
    [(FaceState.READ, "happy 100%"), (FaceState.UNSURE, "unsure"), (FaceState.UNREAD, "")],
)
def test_the_label_says_what_was_read(state, text):
    assert label(FaceReading((0, 0, 50, 50), HAPPY, state=state)) == text


def test_small_faces_carry_no_text():
    frame = np.zeros((480, 640, 3), np.uint8)
    draw(frame, [FaceReading((200, 150, MIN_LABEL_WIDTH - 1, 40), HAPPY)])
    assert not frame[:149].any()


@pytest.mark.parametrize("box", [(-20, -20, 60, 60), (630, 470, 90, 90), (2000, 0, 9, 9)])
def test_boxes_beyond_the_frame_are_cut(box):
    draw(np.zeros((480, 640, 3), np.uint8), [FaceReading(box, HAPPY)])
